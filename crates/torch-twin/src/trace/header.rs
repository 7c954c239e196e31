use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

use safetensors::tensor::{Metadata, TensorInfo};

use super::{FORMAT, Form, Settings, Stage, TraceError, VERSION};

/// The longest header that the safetensors format allows.
const MAX_HEADER: u64 = 100_000_000;

/// Of a header, its own length before it.
const LENGTH_BYTES: u64 = 8;

/// What stands before the values of a trace.
pub struct Header {
    pub settings: Settings,
    pub stages: Vec<Stage>,
    pub places: HashMap<String, Place>,
}

/// Where a tensor is in the file.
pub struct Place {
    pub form: Form,
    /// The first byte, counted from the beginning of the file.
    pub start: u64,
    /// The bytes.
    pub length: u64,
}

impl Header {
    /// Reads and checks the header of a file of `file_length` bytes: whatever it tells of is there.
    pub fn read(file: &mut impl Read, file_length: u64) -> Result<Self, TraceError> {
        let (bytes, data_start) = header_bytes(file, file_length)?;
        let metadata: Metadata = serde_json::from_slice(&bytes).map_err(TraceError::malformed)?;
        let entries: BTreeMap<String, String> = metadata
            .metadata()
            .clone()
            .unwrap_or_default()
            .into_iter()
            .collect();
        check_format(&entries)?;
        // The crate has checked that places follow one another, and that lengths are those of the shapes.
        let expected = data_start.saturating_add(metadata.data_len() as u64);
        if file_length < expected {
            let found = file_length;
            return Err(TraceError::CutOff { expected, found });
        }
        if file_length > expected {
            let reason = format!("{} bytes follow after its values", file_length - expected);
            return Err(TraceError::malformed(reason));
        }
        let mut places = HashMap::new();
        for (name, info) in metadata.tensors() {
            let place = Place::new(&name, info, data_start)?;
            places.insert(name, place);
        }
        let text = entries
            .get("stages")
            .ok_or_else(|| TraceError::malformed("it lists no stages"))?;
        let stages: Vec<Stage> = serde_json::from_str(text).map_err(TraceError::malformed)?;
        check_stages(&stages, &places)?;
        Ok(Self {
            settings: Settings::from_metadata(&entries),
            stages,
            places,
        })
    }
}

/// The header's JSON, and where the values begin.
fn header_bytes(file: &mut impl Read, file_length: u64) -> Result<(Vec<u8>, u64), TraceError> {
    const NO_SAFETENSORS: TraceError = TraceError::Foreign("no safetensors file");
    if file_length < LENGTH_BYTES + 1 {
        return Err(NO_SAFETENSORS);
    }
    let mut beginning = [0; LENGTH_BYTES as usize + 1];
    file.read_exact(&mut beginning).map_err(TraceError::Io)?;
    let [length @ .., brace] = beginning;
    let bytes = u64::from_le_bytes(length);
    if brace != b'{' || bytes == 0 {
        return Err(NO_SAFETENSORS);
    }
    if bytes > MAX_HEADER {
        let limit = MAX_HEADER;
        return Err(TraceError::LongHeader { bytes, limit });
    }
    let data_start = LENGTH_BYTES + bytes;
    if file_length < data_start {
        let (expected, found) = (data_start, file_length);
        return Err(TraceError::CutOff { expected, found });
    }
    let mut header = vec![brace];
    let mut rest = file.take(bytes - 1);
    rest.read_to_end(&mut header).map_err(TraceError::Io)?;
    Ok((header, data_start))
}

fn check_format(entries: &BTreeMap<String, String>) -> Result<(), TraceError> {
    if entries.get("format").is_none_or(|format| format != FORMAT) {
        return Err(TraceError::Foreign(
            "a safetensors file that no recorder wrote",
        ));
    }
    match entries.get("version") {
        Some(version) if version == VERSION => Ok(()),
        version => Err(TraceError::Version(
            version.cloned().unwrap_or_else(|| "none".to_owned()),
        )),
    }
}

/// Each stage has a tensor or a digest, and each tensor one stage.
fn check_stages(stages: &[Stage], places: &HashMap<String, Place>) -> Result<(), TraceError> {
    let mut keys = HashSet::new();
    for stage in stages {
        let key = stage.key();
        let is_there = places.contains_key(&key);
        let fault = match &stage.digest {
            None if !is_there => "is listed, and neither it nor its digest is there",
            Some(_) if is_there => "is there, and its digest as well",
            Some(digest) if Form::of_digest(digest).is_none() => "has a digest that is no tensor's",
            _ if !keys.insert(key.clone()) => "is listed twice",
            _ => continue,
        };
        return Err(TraceError::malformed(format!("{key} {fault}")));
    }
    match places.keys().find(|&key| !keys.contains(key)) {
        Some(key) => Err(TraceError::malformed(format!(
            "{key} is there and not listed"
        ))),
        None => Ok(()),
    }
}

impl Place {
    fn new(name: &str, info: &TensorInfo, data_start: u64) -> Result<Self, TraceError> {
        let form = Form {
            dtype: info.dtype.to_string(),
            shape: info.shape.iter().map(|&side| side as u64).collect(),
        };
        if !form.is_possible() {
            return Err(TraceError::malformed(format!("{name} has values {form}")));
        }
        let (start, end) = info.data_offsets;
        Ok(Self {
            form,
            start: data_start + start as u64,
            length: (end - start) as u64,
        })
    }
}
