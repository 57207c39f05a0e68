//! What is asked of the objects, in JSON over `fetch`, and how to ask.
//!
//! The only thing that the Worker and the objects know of each other: they are two scripts.

pub mod deadline;
pub mod errand;
pub mod meter;
pub mod question;
pub mod room;
pub mod url;
pub mod user;
