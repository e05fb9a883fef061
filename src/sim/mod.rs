//! The world around the replicas.
pub mod action;
pub mod notice;
pub mod ratio;
pub mod scenario;
pub mod view;
pub mod violation;
