//! Places to write to: files, links, pipes; and those that are refused. No test writes to a device of the machine.

use super::Target;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    Target::open(path, &[])?.write(|out| out.write_all(text.as_bytes()))
}

fn refusal(path: &Path, inputs: &[&Path]) -> String {
    match Target::open(path, inputs) {
        Ok(_) => panic!("{} was taken", path.display()),
        Err(error) => format!("{error:#}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    write(&path, "one").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o644);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let broken = Target::open(&path, &[]).unwrap().write(|out| {
        out.write_all(b"half")?;
        Err(std::io::Error::other("no more"))
    });
    assert!(format!("{:#}", broken.unwrap_err()).contains("a.json can't be written: no more"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    write(&path, "two").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
    assert_eq!(names(folder.path()), ["a.json"]);
}

#[test]
fn a_link_stays_and_its_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let [there, here] = ["there", "here"].map(|name| folder.path().join(name));
    for folder in [&there, &here] {
        fs::create_dir(folder).unwrap();
    }
    symlink("../there/real.json", here.join("link.json")).unwrap();
    symlink("link.json", here.join("link of link.json")).unwrap();
    for text in ["made", "replaced"] {
        write(&here.join("link of link.json"), text).unwrap();
        assert_eq!(fs::read_to_string(there.join("real.json")).unwrap(), text);
    }
    assert!(here.join("link.json").is_symlink());
    assert_eq!(names(&here), ["link of link.json", "link.json"]);
    assert_eq!(names(&there), ["real.json"]);
    symlink("ring b", folder.path().join("ring a")).unwrap();
    symlink("ring a", folder.path().join("ring b")).unwrap();
    assert!(refusal(&folder.path().join("ring a"), &[]).contains("ring a can't be written"));
}

#[test]
fn a_pipe_is_written_into_and_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink(&pipe, &link).unwrap();
    for (path, text) in [(&pipe, "through"), (&link, "by a link")] {
        let read = std::thread::spawn({
            let pipe = pipe.clone();
            move || {
                let mut text = String::new();
                fs::File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
                text
            }
        });
        write(path, text).unwrap();
        assert_eq!(read.join().unwrap(), text);
    }
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(link.is_symlink());
    assert_eq!(names(folder.path()), ["link", "pipe"]);
}

#[test]
fn a_device_is_written_into_and_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    // The full device's own copy: character device 1, 7.
    let made = Command::new("mknod").arg(&full).args(["c", "1", "7"]).output().unwrap();
    if !made.status.success() {
        eprintln!("SKIPPED: a device can be made by root only");
        return;
    }
    let refused = match write(&full, "anything") {
        Err(error) => format!("{error:#}"),
        Ok(()) => panic!("the full device took it"),
    };
    // A folder mounted without devices refuses the opening.
    assert!(refused.contains("full can't be written: "), "{refused}");
    assert!(fs::symlink_metadata(&full).unwrap().file_type().is_char_device());
    assert_eq!(names(folder.path()), ["full"]);
}

#[test]
fn what_is_read_is_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("area.json"), "{}").unwrap();
    fs::hard_link(at("area.json"), at("same.json")).unwrap();
    symlink("area.json", at("link.json")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    let input = at("area.json");
    let inputs = [input.as_path()];
    for path in ["area.json", "same.json", "link.json", "folder/../area.json"] {
        assert!(refusal(&at(path), &inputs).contains("is read and can't be written; choose another file"), "{path}");
    }
    assert!(refusal(&at("folder"), &inputs).contains("is a folder"));
    assert!(refusal(&at("absent/a.json"), &inputs).contains("a.json can't be written: No such file"));
    assert!(Target::open(&at("other.json"), &inputs).is_ok());

    let shapefile: PathBuf = at("roads.shp");
    fs::write(&shapefile, "").unwrap();
    for (path, is_part) in [("roads.dbf", true), ("roads.CPG", true), ("roads.json", false), ("folder/roads.dbf", false)] {
        let is_refused = Target::open(&at(path), &[&shapefile]).is_err();
        assert_eq!(is_refused, is_part, "{path}");
    }
    assert_eq!(fs::read_to_string(input).unwrap(), "{}");
    assert!(Target::open(Path::new("-"), &[]).unwrap().is_stdout());
}
