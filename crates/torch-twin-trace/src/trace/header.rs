use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;

use super::{FORMAT, Form, Remarks, Settings, Stage, TraceError, VERSION};
use crate::Dtype;
use crate::array::is_possible;
use crate::weights::{RawHeader, RawTensor};

/// The longest header that the safetensors format allows.
const MAX_HEADER: u64 = 100_000_000;

/// Of a header, its own length before it.
const LENGTH_BYTES: u64 = 8;

/// What stands before the values of a trace.
pub struct Header {
    pub settings: Settings,
    pub remarks: Remarks,
    pub stages: Vec<Stage>,
    /// Of each stage.
    places: Vec<Place>,
    /// The numbers of the stages, in the order of [`Stage::identity`].
    sorted: Vec<u32>,
}

/// Where a tensor is in the file; of one that has a digest alone, the form.
pub struct Place {
    pub form: Arc<Form>,
    /// The first byte, counted from the beginning of the file.
    pub start: u64,
    /// The bytes.
    pub length: u64,
}

impl Header {
    /// Reads and checks the header of a file of `file_length` bytes: whatever it tells of is there.
    pub fn read(file: &mut impl Read, file_length: u64) -> Result<Self, TraceError> {
        let (bytes, data_start) = header_bytes(file, file_length)?;
        let mut raw = RawHeader::parse(&bytes).map_err(TraceError::malformed)?;
        check_format(&raw.metadata)?;
        let is_unsupported = |tensor: &&RawTensor<'_>| Dtype::parse(&tensor.dtype).is_none();
        if let Some(RawTensor { name, dtype, .. }) = raw.tensors.iter().find(is_unsupported) {
            return Err(TraceError::unsupported(name, dtype));
        }
        let length = raw.check_places().map_err(TraceError::malformed)?;
        let expected = data_start.saturating_add(length);
        if file_length < expected {
            let found = file_length;
            return Err(TraceError::CutOff { expected, found });
        }
        if file_length > expected {
            let reason = format!("{} bytes follow after its values", file_length - expected);
            return Err(TraceError::malformed(reason));
        }
        let text = raw
            .metadata
            .remove("stages")
            .ok_or_else(|| TraceError::malformed("it lists no stages"))?;
        let stages: Vec<Stage> = serde_json::from_str(&text).map_err(TraceError::malformed)?;
        drop(text);
        Ok(Self {
            settings: Settings::from_metadata(&raw.metadata),
            remarks: Remarks::from_metadata(&raw.metadata)?,
            places: places(&stages, raw.tensors, data_start)?,
            sorted: sorted(&stages)?,
            stages,
        })
    }

    /// The number of the stage that is the same of the same; none where there is none.
    pub fn find(&self, stage: &Stage) -> Option<usize> {
        let identity = |&number: &u32| self.stages[number as usize].identity();
        let place = self
            .sorted
            .binary_search_by_key(&stage.identity(), identity)
            .ok()?;
        Some(self.sorted[place] as usize)
    }

    /// Where the tensor of a stage is, by its number.
    pub fn place(&self, number: usize) -> &Place {
        &self.places[number]
    }
}

/// The place of each stage: each has a tensor or a digest, and each tensor one stage.
fn places(
    stages: &[Stage],
    tensors: Vec<RawTensor<'_>>,
    data_start: u64,
) -> Result<Vec<Place>, TraceError> {
    let tensors = tensors.into_iter();
    let mut tensors: HashMap<_, _> = tensors.map(|t| (t.name.clone(), t)).collect();
    let mut forms = Forms::default();
    let (mut places, mut key) = (Vec::with_capacity(stages.len()), String::new());
    for stage in stages {
        key.clear();
        // Writing into a string cannot fail.
        let _ = write!(key, "{stage}");
        let fault = match (&stage.digest, tensors.remove(key.as_str())) {
            (None, Some(tensor)) => {
                places.push(Place {
                    form: forms.shared(&tensor.dtype, tensor.shape)?,
                    start: data_start + tensor.start,
                    length: tensor.end - tensor.start,
                });
                continue;
            }
            (Some(digest), None) => {
                let dtype = Dtype::parse(&digest.dtype)
                    .ok_or_else(|| TraceError::unsupported(&key, &digest.dtype))?;
                let shape = digest.shape.clone();
                let form = Form { dtype, shape };
                if is_possible(&form.shape) && digest.is_possible() {
                    let form = Arc::new(form);
                    let (start, length) = (0, 0);
                    places.push(Place {
                        form,
                        start,
                        length,
                    });
                    continue;
                }
                "has a digest that is no tensor's"
            }
            (None, None) => "is listed, and neither it nor its digest is there",
            (Some(_), Some(_)) => "is there, and its digest as well",
        };
        sorted(stages)?;
        return Err(TraceError::malformed(format!("{key} {fault}")));
    }
    match tensors.keys().min() {
        Some(key) => {
            let reason = format!("{key} is there and not listed");
            Err(TraceError::malformed(reason))
        }
        None => Ok(places),
    }
}

/// Types and shapes, of which equal ones are kept once.
#[derive(Default)]
struct Forms(HashSet<Arc<Form>>);

impl Forms {
    fn shared(&mut self, dtype: &str, shape: Vec<u64>) -> Result<Arc<Form>, TraceError> {
        let known = Dtype::parse(dtype).ok_or_else(|| TraceError::unsupported("a tensor", dtype));
        let form = Arc::new(Form {
            dtype: known?,
            shape,
        });
        if let Some(form) = self.0.get(&form) {
            return Ok(form.clone());
        }
        self.0.insert(form.clone());
        Ok(form)
    }
}

/// The numbers of the stages in the order of their identities, of which no two are the same.
fn sorted(stages: &[Stage]) -> Result<Vec<u32>, TraceError> {
    // A header is too short for more of them.
    let mut sorted: Vec<u32> = (0..stages.len() as u32).collect();
    let identity = |number: u32| stages[number as usize].identity();
    sorted.sort_unstable_by(|&a, &b| identity(a).cmp(&identity(b)));
    let mut pairs = sorted.windows(2);
    match pairs.find(|pair| identity(pair[0]) == identity(pair[1])) {
        Some(pair) => {
            let stage = &stages[pair[0] as usize];
            Err(TraceError::malformed(format!("{stage} is listed twice")))
        }
        None => Ok(sorted),
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
