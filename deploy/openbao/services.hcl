# What the five services may do in the transit engine: make a program's key at its first use, wrap and unwrap with it. They
# can neither rotate nor destroy a key. The engine is Harborline's alone: `+` is one whole part of a path.
path "transit/keys/+" {
  capabilities = ["create", "read", "update"]
}

path "transit/encrypt/+" {
  capabilities = ["update"]
}

path "transit/decrypt/+" {
  capabilities = ["update"]
}
