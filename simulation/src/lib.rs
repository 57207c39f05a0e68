//! Real rooms and real clients in a fake world, from one seed.
