//! Key-encryption keys in a directory.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use harborline_keys::{DataKey, KeyFiles, KeyProvider, ProviderError, Wrapped};
use harborline_types::ProgramId;
use tempfile::TempDir;

fn directory() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    (folder, keys)
}

fn key() -> DataKey {
    DataKey::generate().unwrap()
}

async fn opens(files: &KeyFiles, program: ProgramId, wrapped: &Wrapped, key: &DataKey) -> bool {
    files.unwrap(program, wrapped).await.is_ok_and(|unwrapped| unwrapped.bytes() == key.bytes())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_use_a_program_first_at_once_end_with_one_key() {
    let (_folder, path) = directory();
    for _ in 0..20 {
        let program = ProgramId::new();
        let wrapping = (0..5).map(|_| {
            // As another process would: with nothing in common but the directory.
            let files = KeyFiles::new(&path);
            tokio::spawn(async move {
                let key = key();
                (files.wrap(program, &key).await.unwrap(), key)
            })
        });
        let wrapped: Vec<_> = wrapping.collect();
        for one in wrapped {
            let (wrapped, key) = one.await.unwrap();
            assert!(opens(&KeyFiles::new(&path), program, &wrapped, &key).await);
        }
    }
}

#[tokio::test]
async fn only_the_owner_may_read_and_a_directory_that_is_open_to_others_is_refused() {
    let (_folder, path) = directory();
    let (files, program) = (KeyFiles::new(&path), ProgramId::new());
    files.wrap(program, &key()).await.unwrap();
    assert_eq!((mode(&path), mode(&path.join(format!("{program}.keys")))), (0o700, 0o600));
    assert!(files.ready().await.is_ok());

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    assert!(matches!(files.ready().await, Err(ProviderError::Unavailable(_))));
    assert!(matches!(files.wrap(program, &key()).await, Err(ProviderError::Unavailable(_))));
}

#[tokio::test]
async fn a_rotated_key_unwraps_what_it_wrapped_before_and_rewrapping_uses_the_new_version() {
    let (_folder, path) = directory();
    let (files, program, key) = (KeyFiles::new(&path), ProgramId::new(), key());
    let old = files.wrap(program, &key).await.unwrap();
    assert_eq!(files.rotate(program).await.unwrap(), 2);
    assert_eq!(files.version(program).await.unwrap(), 2);
    let new = files.rewrap(program, &old).await.unwrap();
    assert_eq!((old.key.as_str(), new.key.as_str()), ("files:v1", "files:v2"));
    assert!(opens(&files, program, &old, &key).await && opens(&files, program, &new, &key).await);
}

#[tokio::test]
async fn a_destroyed_key_is_gone_for_ever_and_its_program_gets_no_other() {
    let (_folder, path) = directory();
    let (files, program, other) = (KeyFiles::new(&path), ProgramId::new(), ProgramId::new());
    let (wrapped, others) = (files.wrap(program, &key()).await.unwrap(), files.wrap(other, &key()).await.unwrap());
    for _ in 0..2 {
        files.destroy(program).await.unwrap();
    }
    assert_eq!(files.unwrap(program, &wrapped).await.err(), Some(ProviderError::Destroyed));
    assert_eq!(files.rewrap(program, &wrapped).await.err(), Some(ProviderError::Destroyed));
    assert_eq!(files.wrap(program, &key()).await.err(), Some(ProviderError::Destroyed));
    assert_eq!(files.rotate(program).await.err(), Some(ProviderError::Destroyed));
    assert!(!path.join(format!("{program}.keys")).exists());
    assert!(files.unwrap(other, &others).await.is_ok(), "another program's key stays");
}

#[tokio::test]
async fn a_key_that_is_merely_missing_is_not_taken_for_destroyed() {
    let (_folder, path) = directory();
    let (_elsewhere, empty) = directory();
    let program = ProgramId::new();
    let wrapped = KeyFiles::new(&path).wrap(program, &key()).await.unwrap();
    let wrong_volume = KeyFiles::new(&empty);
    assert_eq!(wrong_volume.unwrap(program, &wrapped).await.err(), Some(ProviderError::Unknown));
    wrong_volume.wrap(program, &key()).await.unwrap();
    assert_eq!(wrong_volume.unwrap(program, &wrapped).await.err(), Some(ProviderError::Unknown));
}

#[tokio::test]
async fn a_wrapped_key_of_another_program_does_not_unwrap() {
    let (_folder, path) = directory();
    let files = KeyFiles::new(&path);
    let (mine, theirs) = (ProgramId::new(), ProgramId::new());
    files.wrap(theirs, &key()).await.unwrap();
    let wrapped = files.wrap(mine, &key()).await.unwrap();
    std::fs::copy(path.join(format!("{mine}.keys")), path.join(format!("{theirs}.keys"))).unwrap();
    assert_eq!(files.unwrap(theirs, &wrapped).await.err(), Some(ProviderError::Unknown));
}
