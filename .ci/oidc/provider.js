// An OpenID Connect provider on loopback: client_credentials, access tokens as RFC 9068 has them, one signing key.
// node provider.js PORT KEY_FILE PROGRAM    The key file is made when it is not there; another key needs another file.
// Each client is named after the role that its tokens carry; its secret is its name.
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import Provider from "oidc-provider";

const [port, keyFile, program] = process.argv.slice(2);
if (!existsSync(keyFile)) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256" };
  writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [JSON.parse(readFileSync(keyFile, "utf8"))] },
  clients: ["administrator", "front_end"].map((role) => ({
    client_id: role,
    client_secret: role,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: "ES256",
  })),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: "",
        audience: "harborline",
        accessTokenTTL: 600,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  extraTokenClaims: (_context, token) => ({ program, roles: [token.clientId] }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
