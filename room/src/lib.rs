//! The room as a pure state machine: inputs in, effects out.
