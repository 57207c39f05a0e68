//! What proves who somebody is: passwords, and the address that leads back to an account.

mod breach;
mod throttle;

pub(crate) use breach::check;
pub(crate) use throttle::Attempt;
