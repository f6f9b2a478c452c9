//! A data folder and what lies beside it: `<name>.password`, `<name>.log`, `<name>.lock`.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{SUPERUSER, binaries::Binaries, error::StartError, owner::Owner};

/// How many lines of the log an error shows.
const SHOWN_LINES: usize = 15;

/// The places of one cluster; all paths are canonical.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) data_dir: PathBuf,
    pub(crate) log: PathBuf,
    password: PathBuf,
    lock: PathBuf,
    staging: PathBuf,
}

impl Cluster {
    /// The cluster in `data_dir`; creates the folder that holds it.
    pub(crate) fn at(data_dir: &Path) -> Result<Self, StartError> {
        let failed = |source| StartError::Io { doing: "creating the folder of", path: data_dir.to_owned(), source };
        let absolute = std::path::absolute(data_dir).map_err(failed)?;
        let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Err(StartError::NotACluster { data_dir: data_dir.to_owned() });
        };
        fs::create_dir_all(parent).map_err(failed)?;
        let parent = parent.canonicalize().map_err(failed)?;
        let beside = |suffix: &str| {
            let mut name = OsString::from(name);
            name.push(suffix);
            parent.join(name)
        };
        // A link in the place of the data folder is followed, since the postmaster's working folder is compared.
        let data_dir = parent.join(name);
        Ok(Self {
            data_dir: data_dir.canonicalize().unwrap_or(data_dir),
            log: beside(".log"),
            password: beside(".password"),
            lock: beside(".lock"),
            staging: beside(".initdb"),
        })
    }

    /// Waits until no other process starts this cluster; the lock lasts as long as the file.
    pub(crate) fn locked(&self) -> Result<File, StartError> {
        let failed = |source| StartError::Io { doing: "locking", path: self.lock.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.lock).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// Whether there is a cluster; a folder that holds anything else is an error.
    pub(crate) fn exists(&self) -> Result<bool, StartError> {
        if self.data_dir.join("PG_VERSION").is_file() {
            return Ok(true);
        }
        match fs::read_dir(&self.data_dir).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(false),
            Ok(false) => Err(StartError::NotACluster { data_dir: self.data_dir.clone() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StartError::Io { doing: "reading", path: self.data_dir.clone(), source }),
        }
    }

    /// Refuses programs of another major version than the one that initialized the cluster.
    pub(crate) fn check_version(&self, binaries: &Binaries) -> Result<(), StartError> {
        let file = self.data_dir.join("PG_VERSION");
        let text =
            fs::read_to_string(&file).map_err(|source| StartError::Io { doing: "reading", path: file, source })?;
        if text.trim() == binaries.major().to_string() {
            return Ok(());
        }
        Err(StartError::OtherVersion {
            data_dir: self.data_dir.clone(),
            cluster: text.trim().to_owned(),
            binaries: binaries.major(),
        })
    }

    /// Initializes the cluster beside its place and moves it there when it is whole.
    pub(crate) fn initialize(&self, binaries: &Binaries, owner: Owner, durable: bool) -> Result<(), StartError> {
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| StartError::Io { doing, path, source }
        };
        self.write_password(owner).map_err(io("writing", &self.password))?;
        if self.staging.exists() {
            fs::remove_dir_all(&self.staging).map_err(io("removing", &self.staging))?;
        }
        fs::DirBuilder::new().mode(0o700).create(&self.staging).map_err(io("creating", &self.staging))?;
        owner.takes(&self.staging).map_err(io("handing over", &self.staging))?;
        self.run_initdb(binaries, owner, durable)?;
        fs::rename(&self.staging, &self.data_dir).map_err(io("moving the new cluster to", &self.data_dir))
    }

    fn run_initdb(&self, binaries: &Binaries, owner: Owner, durable: bool) -> Result<(), StartError> {
        let program = binaries.program("initdb");
        // Older macOS knows no C.UTF-8.
        let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
        let mut initdb = Command::new(&program);
        initdb.arg("--pgdata").arg(&self.staging).args(["--username", SUPERUSER, "--encoding", "UTF8"]);
        initdb.args(["--locale", locale, "--auth", "scram-sha-256"]).arg("--pwfile").arg(&self.password);
        if !durable {
            initdb.arg("--no-sync");
        }
        owner.runs(&mut initdb);
        let output = initdb.current_dir("/").stdin(Stdio::null()).output().map_err(|source| StartError::Io {
            doing: "running",
            path: program,
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(StartError::Initdb { output: last_lines(&String::from_utf8_lossy(&output.stderr)) })
    }

    /// Makes a new password of 160 random bits in a file that only the owner may read.
    fn write_password(&self, owner: Owner) -> io::Result<()> {
        if self.password.exists() {
            fs::remove_file(&self.password)?;
        }
        let bytes: [u8; 20] = rand::random();
        let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.password)?;
        writeln!(file, "{password}")?;
        owner.takes(&self.password)
    }

    /// The superuser's password.
    pub(crate) fn read_password(&self) -> Result<String, StartError> {
        fs::read_to_string(&self.password)
            .map(|text| text.trim().to_owned())
            .map_err(|source| StartError::NoPassword { path: self.password.clone(), source })
    }

    /// The log, opened for one more start, and where in it that start begins.
    pub(crate) fn open_log(&self) -> Result<(File, u64), StartError> {
        let failed = |source| StartError::Io { doing: "opening", path: self.log.clone(), source };
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        Ok((file, length))
    }

    /// The last lines that were logged after `position`.
    pub(crate) fn log_tail(&self, position: u64) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.log)?;
            file.seek(SeekFrom::Start(position))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(|bytes| last_lines(&String::from_utf8_lossy(&bytes))).unwrap_or_else(|error| error.to_string())
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}
