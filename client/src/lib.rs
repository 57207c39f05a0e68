//! The client of one room as a pure state machine.
