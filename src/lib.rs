//! Raftarium.
