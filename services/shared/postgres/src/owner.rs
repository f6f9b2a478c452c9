//! The user that Postgres runs as. Postgres refuses to run as root, so root hands its files and processes to another.

use std::{
    fs, io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

/// User and group `nobody` on every platform that matters.
const UNPRIVILEGED: u32 = 65534;

/// Who owns a cluster and runs its Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The user of this process; nothing needs to be handed over.
    Caller,
    /// Another user, because this process is root.
    Other { uid: u32, gid: u32 },
}

impl Owner {
    /// The owner for the cluster in `data_dir`: the user who owns it already, unless that is root.
    pub(crate) fn of(data_dir: &Path) -> io::Result<Self> {
        if !is_root() {
            return Ok(Self::Caller);
        }
        match fs::metadata(data_dir) {
            Ok(metadata) if metadata.uid() != 0 => Ok(Self::Other { uid: metadata.uid(), gid: metadata.gid() }),
            Ok(_) => Ok(Self::Other { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::Other { uid: UNPRIVILEGED, gid: UNPRIVILEGED })
            }
            Err(error) => Err(error),
        }
    }

    /// Lets `command` run as this owner, without any supplementary group.
    pub(crate) fn runs(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives one file or folder to this owner.
    pub(crate) fn takes(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Caller => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }

    /// Gives a folder with all that it holds to this owner, if the folder is still someone else's.
    pub(crate) fn takes_tree(self, folder: &Path) -> io::Result<()> {
        let Self::Other { uid, .. } = self else { return Ok(()) };
        if fs::metadata(folder)?.uid() == uid {
            return Ok(());
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.takes_tree(&entry.path())?;
            } else if entry.file_type()?.is_file() {
                self.takes(&entry.path())?;
            }
        }
        // Last, so that a walk that was cut short is taken up again.
        self.takes(folder)
    }
}

/// Lets every user pass through (not list) the folders down to `folder`, when this process is root.
pub(crate) fn make_reachable(folder: &Path) -> io::Result<()> {
    if !is_root() {
        return Ok(());
    }
    for ancestor in folder.canonicalize()?.ancestors() {
        let mode = fs::metadata(ancestor)?.permissions().mode();
        if mode & 0o001 == 0 {
            tracing::info!(folder = %ancestor.display(), "letting the unprivileged user of Postgres pass through");
            fs::set_permissions(ancestor, fs::Permissions::from_mode(mode | 0o001))?;
        }
    }
    Ok(())
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
