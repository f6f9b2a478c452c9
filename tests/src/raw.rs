//! Calls whose messages are bytes as they are.

use harborline_identity::ServiceName;
use harborline_runtime::{MeshClient, PROGRAM_KEY};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

use crate::encoded::Encoded;

/// Whoever calls: a person with a token, or a service with its certificate.
#[derive(Clone)]
pub struct RawCaller {
    client: MeshClient,
    metadata: (&'static str, String),
}

impl RawCaller {
    /// A person with a token, on the listener that this channel leads to.
    pub fn person(service: ServiceName, channel: tonic::transport::Channel, bearer: String) -> Self {
        Self { client: MeshClient::over(service, channel), metadata: ("authorization", bearer) }
    }

    /// A service on the mesh listener, which calls for a program.
    pub fn service(client: MeshClient, program: String) -> Self {
        Self { client, metadata: (PROGRAM_KEY, program) }
    }

    /// Sends a message to a method given as `package.Service/Method`, and answers the bytes of the response.
    ///
    /// # Errors
    /// How the call was refused.
    ///
    /// # Panics
    /// When the method's name is no path.
    pub async fn call(&self, method: &str, message: Vec<u8>) -> Result<Vec<u8>, Status> {
        let mut grpc = Grpc::new(self.client.clone()).max_decoding_message_size(usize::MAX);
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let mut request = Request::new(message);
        let (key, value) = &self.metadata;
        request.metadata_mut().insert(*key, value.parse().expect("a token and an id are ASCII"));
        let path: PathAndQuery = format!("/{method}").parse().expect("a method's name is a path");
        Ok(grpc.unary(request, path, Encoded).await?.into_inner())
    }
}
