//! Leases: one job works on a bucket.
