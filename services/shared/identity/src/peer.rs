//! Which service or clinic a certificate names.

use harborline_types::FacilityId;
use uuid::Uuid;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::ServiceName;

/// The service that a certificate (DER) names in its URI subject alternative name, `spiffe://harborline/<name>`.
///
/// None when it names no service, or more than one identity. Says nothing about trust: the chain must have been
/// verified before.
pub fn service_of(certificate: &[u8]) -> Option<ServiceName> {
    ServiceName::from_spiffe_id(&only_uri(certificate)?)
}

/// The partner clinic that a certificate (DER) names in its URI subject alternative name,
/// `spiffe://harborline/clinic/<facility id>`, the id in its canonical form.
///
/// None when it names no clinic, or more than one identity. Says nothing about trust: the chain must have been verified
/// before.
pub fn clinic_of(certificate: &[u8]) -> Option<FacilityId> {
    let uri = only_uri(certificate)?;
    let written = uri.strip_prefix("spiffe://harborline/clinic/")?;
    let id = Uuid::parse_str(written).ok()?;
    (id.to_string() == written).then_some(FacilityId(id))
}

fn only_uri(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let mut uris = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    let only = uris.next()?.to_owned();
    uris.next().is_none().then_some(only)
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

    #[test]
    fn a_certificate_names_its_clinic_and_a_clinic_is_no_service() {
        let id = Uuid::from_u128(7);
        let uri = format!("spiffe://harborline/clinic/{id}");
        assert_eq!(clinic_of(&certificate_with(&[&uri])), Some(FacilityId(id)));
        assert_eq!(service_of(&certificate_with(&[&uri])), None);
        for other in ["intake", "clinic", "clinic/", "clinic/north", &format!("clinic/{}", id.simple())] {
            assert_eq!(clinic_of(&certificate_with(&[&format!("spiffe://harborline/{other}")])), None, "{other}");
        }
        assert_eq!(clinic_of(&certificate_with(&[&format!("spiffe://elsewhere/clinic/{id}")])), None);
        assert_eq!(clinic_of(&certificate_with(&[&uri, "spiffe://harborline/intake"])), None);
    }
}
