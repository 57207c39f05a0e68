//! Entry points at the edge: routes, identity, bindings.
