//! The one cryptography provider of the process.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// Makes aws-lc-rs the process's provider for every library that asks for a default. May be called many times.
pub fn install_crypto() {
    // An error says that one is installed already, which is all that is wanted.
    let _already_installed = aws_lc_rs::default_provider().install_default();
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
