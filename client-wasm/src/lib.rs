//! The browser wrapper over the client machine.
