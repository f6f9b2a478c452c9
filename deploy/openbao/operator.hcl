# What whoever runs `harborline keys` may do in the transit engine besides: rotate, rewrap and destroy the keys of programs.
path "transit/keys/+" {
  capabilities = ["create", "read", "update", "delete"]
}

path "transit/keys/+/rotate" {
  capabilities = ["update"]
}

path "transit/keys/+/config" {
  capabilities = ["update"]
}

path "transit/encrypt/+" {
  capabilities = ["update"]
}

path "transit/decrypt/+" {
  capabilities = ["update"]
}

path "transit/rewrap/+" {
  capabilities = ["update"]
}
