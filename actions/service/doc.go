// Package service is the family of verbs that stop and start services.
//
// A plan names every service that will stop or start, each as a change of its
// own: what depends on a service and has to stop with it, and what it depends
// on and has to start before it. So a service manager that would pull along
// others by itself finds nothing left to pull, and a dependent that appeared
// after the plan was made is a conflict.
//
// Holding down means that a service is given host.StartHeld before it is
// stopped, so that nothing starts it in between. The hold ends when the service
// is started again by the run, when the run is taken back, and otherwise when
// it ends well.
//
// A memo says that a change was begun. What is half done counts as ours only
// then, and a service that somebody else changed is a conflict.
package service
