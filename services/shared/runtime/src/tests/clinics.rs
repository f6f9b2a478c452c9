use harborline_status::{Reason, reason_of};

use super::server::Running;
use super::*;
use crate::{ClientTls, neighbor};

const NORTH: Uuid = Uuid::from_u128(1);
const SOUTH: Uuid = Uuid::from_u128(2);

impl World {
    /// The client's side of the mesh with this certificate.
    fn holder_of(&self, certificate: harborline_authority::ServiceIdentity) -> ClientTls {
        let folder = self.folder.path().join("holder");
        std::fs::create_dir_all(&folder).unwrap();
        let (tls_cert_file, tls_key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&tls_cert_file, certificate.cert_pem).unwrap();
        std::fs::write(&tls_key_file, certificate.key_pem).unwrap();
        let identity = self.identity(ServiceName::Intake);
        ClientTls::load(&IdentitySettings { tls_cert_file, tls_key_file, ..identity }).unwrap()
    }

    fn token_of(&self, clinic: Option<Uuid>) -> String {
        let token = self.authority.token(&TokenRequest {
            subject: "ana".to_owned(),
            program: PROGRAM,
            roles: vec!["counselor".to_owned()],
            clinic,
            participant: None,
            credential: None,
            name: None,
            lifetime: chrono::TimeDelta::minutes(5),
        });
        format!("Bearer {}", token.unwrap())
    }
}

async fn refusal(running: &Running, tls: &ClientTls, token: Option<String>) -> Option<Reason> {
    let address = format!("https://localhost:{}", running.mesh.port());
    let mut client = TriageServiceClient::new(neighbor(ServiceName::Triage, &address, tls).unwrap());
    let mut request = Request::new(question());
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", token.parse().unwrap());
    }
    client.get_assessment(request).await.err().map(|status| reason_of(&status).expect("a reason"))
}

#[tokio::test]
async fn a_clinic_needs_its_certificate_and_a_token_that_speaks_for_the_same_clinic() {
    let world = World::new();
    let server = world.triage(|call| {
        assert_eq!(call.clinic_scope().unwrap().clinic(), harborline_types::FacilityId(NORTH));
        fine()
    });
    let running = Running::of(&world, server, &settings()).await;
    let north = world.holder_of(world.authority.clinic_certificate(NORTH).unwrap());
    assert_eq!(refusal(&running, &north, Some(world.token_of(Some(NORTH)))).await, None);
    let refused = Some(Reason::CredentialInvalid);
    assert_eq!(refusal(&running, &north, Some(world.token_of(Some(SOUTH)))).await, refused, "another clinic's token");
    assert_eq!(refusal(&running, &north, Some(world.token_of(None))).await, refused, "a token of no clinic");
    assert_eq!(refusal(&running, &north, None).await, refused, "the certificate alone");
    running.end().await;
}

#[tokio::test]
async fn a_certificate_that_names_nobody_brings_no_clinics_token_onto_the_mesh() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let unnamed = world.holder_of(world.authority.service_certificate("printer").unwrap());
    let refused = Some(Reason::CredentialInvalid);
    assert_eq!(refusal(&running, &unnamed, Some(world.token_of(Some(NORTH)))).await, refused);
    assert_eq!(refusal(&running, &unnamed, None).await, refused);
    assert_eq!(refusal(&running, &unnamed, Some(world.token_of(None))).await, None);
    running.end().await;
}

#[tokio::test]
async fn a_clinics_token_counts_on_no_listener_but_beside_its_certificate() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let on_the_public_side = |clinic| {
        let mut request = Request::new(question());
        request.metadata_mut().insert("authorization", world.token_of(clinic).parse().unwrap());
        let mut client = public(&server);
        async move { client.get_assessment(request).await.err().map(|status| reason_of(&status).expect("a reason")) }
    };
    assert_eq!(on_the_public_side(Some(NORTH)).await, Some(Reason::CredentialInvalid));
    assert_eq!(on_the_public_side(None).await, None, "who speaks for no clinic needs no certificate");
}
