//! Integration tests against workerd; they speak the wire only.
