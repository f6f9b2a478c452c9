//! The certificate authority: one self-signed CA, and short-lived leaves for services.

use std::{fmt, net::Ipv4Addr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ED25519,
    SanType, date_time_ymd,
};
use uuid::Uuid;

use crate::AuthorityError;

/// The SPIFFE trust domain: a service's identity is `spiffe://harborline/<name>`.
pub const TRUST_DOMAIN: &str = "harborline";

/// How many days a service's certificate is valid.
pub const SERVICE_CERTIFICATE_DAYS: i64 = 30;

/// How many days the CA's certificate is valid: longer than any development folder lives.
const CA_DAYS: i64 = 3650;

/// How far the clocks of two machines may differ.
const CLOCK_SKEW_MINUTES: i64 = 5;

/// A certificate with its private key, both in PEM.
#[derive(Clone)]
pub struct ServiceIdentity {
    /// The certificate, signed by the authority's CA. The CA itself is not appended.
    pub cert_pem: String,
    /// The private key (PKCS #8).
    pub key_pem: String,
}

impl fmt::Debug for ServiceIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServiceIdentity").field("cert_pem", &self.cert_pem).finish_non_exhaustive()
    }
}

/// The CA, ready to sign.
pub(crate) struct Issuer {
    issuer: rcgen::Issuer<'static, KeyPair>,
}

/// Makes a new CA.
pub(crate) fn generate() -> Result<ServiceIdentity, AuthorityError> {
    let key = KeyPair::generate().map_err(failed("make its key"))?;
    let mut params = ca_params();
    set_validity(&mut params, Utc::now(), TimeDelta::days(CA_DAYS));
    let certificate = params.self_signed(&key).map_err(failed("sign its certificate"))?;
    Ok(ServiceIdentity { cert_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

impl Issuer {
    pub(crate) fn open(key_pem: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem(key_pem).map_err(failed("read its key"))?;
        // What a leaf takes from its CA (name, key id, key usages) is the same for every authority but for the key.
        Ok(Self { issuer: rcgen::Issuer::new(ca_params(), key) })
    }

    /// Signs a certificate for the service `name`, valid from `now` on.
    pub(crate) fn issue(&self, name: &str, now: DateTime<Utc>) -> Result<ServiceIdentity, AuthorityError> {
        check_name(name)?;
        self.sign(leaf_params(name), now)
    }

    /// Signs a certificate for a partner clinic, valid from `now` on.
    pub(crate) fn issue_to_clinic(&self, id: Uuid, now: DateTime<Utc>) -> Result<ServiceIdentity, AuthorityError> {
        self.sign(clinic_params(id), now)
    }

    fn sign(
        &self,
        params: Result<CertificateParams, rcgen::Error>,
        now: DateTime<Utc>,
    ) -> Result<ServiceIdentity, AuthorityError> {
        let key = KeyPair::generate().map_err(failed("make a leaf's key"))?;
        let mut params = params.map_err(failed("write a leaf's names"))?;
        set_validity(&mut params, now, TimeDelta::days(SERVICE_CERTIFICATE_DAYS));
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed("sign a leaf's certificate"))?;
        Ok(ServiceIdentity { cert_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Harborline");
    params.distinguished_name.push(DnType::CommonName, "Harborline development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = vec![
        SanType::URI(format!("spiffe://{TRUST_DOMAIN}/{name}").try_into()?),
        SanType::DnsName("localhost".try_into()?),
        SanType::DnsName(name.try_into()?),
        SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
    ];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// As client alone, and without a host's name: nobody can take a clinic for a service.
fn clinic_params(id: Uuid) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("clinic {id}"));
    params.subject_alt_names = vec![SanType::URI(format!("spiffe://{TRUST_DOMAIN}/clinic/{id}").try_into()?)];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Valid from a little before `now`, for clocks that lag, until `lifetime` after it.
fn set_validity(params: &mut CertificateParams, now: DateTime<Utc>, lifetime: TimeDelta) {
    let at = |time: DateTime<Utc>| {
        let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    params.not_before = at(now - TimeDelta::minutes(CLOCK_SKEW_MINUTES));
    params.not_after = at(now + lifetime);
}

/// Refuses a name that cannot be a service's.
pub(crate) fn check_name(name: &str) -> Result<(), AuthorityError> {
    if is_service_name(name) { Ok(()) } else { Err(AuthorityError::Name { name: name.to_owned() }) }
}

/// The key of this text in PEM, or a new one that signs the record of accesses: Ed25519.
pub(crate) fn audit_key(known: Option<&str>) -> Result<KeyPair, AuthorityError> {
    match known {
        Some(pem) => KeyPair::from_pem(pem).map_err(failed("read an audit key")),
        None => KeyPair::generate_for(&PKCS_ED25519).map_err(failed("make an audit key")),
    }
}

/// Whether the name can be a DNS label, a SPIFFE path segment and a file name at once.
fn is_service_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('-') && !name.ends_with('-')
}

fn failed(doing: &'static str) -> impl FnOnce(rcgen::Error) -> AuthorityError {
    move |source| AuthorityError::Certificate { doing, source }
}
