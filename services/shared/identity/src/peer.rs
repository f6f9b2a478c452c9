//! Which service a certificate names.

use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::ServiceName;

/// The service that a certificate (DER) names in its URI subject alternative name, `spiffe://harborline/<name>`.
///
/// None when it names no service, or more than one identity. Says nothing about trust: the chain must have been
/// verified before.
pub fn service_of(certificate: &[u8]) -> Option<ServiceName> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let mut uris = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    let only = uris.next()?;
    if uris.next().is_some() {
        return None;
    }
    ServiceName::from_spiffe_id(only)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate_with(uris: &[&str]) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let uris = uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap()));
        params.subject_alt_names.extend(uris);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_names_its_service() {
        let certificate = certificate_with(&["spiffe://harborline/intake"]);
        assert_eq!(service_of(&certificate), Some(ServiceName::Intake));
    }

    #[test]
    fn another_trust_domain_an_unknown_service_or_two_names_are_nobody() {
        assert_eq!(service_of(&certificate_with(&["spiffe://elsewhere/intake"])), None);
        assert_eq!(service_of(&certificate_with(&["spiffe://harborline/billing"])), None);
        assert_eq!(service_of(&certificate_with(&[])), None);
        let two = certificate_with(&["spiffe://harborline/intake", "spiffe://harborline/triage"]);
        assert_eq!(service_of(&two), None);
        assert_eq!(service_of(b"no certificate"), None);
    }
}
