use std::collections::BTreeMap;

use prost::Message;
use torch_twin::nn::StateDict;

use super::messages::{DataType, ModelProto, OperatorSetIdProto, StringStringEntryProto};
use super::{Graph, Input, OnnxError, Value};

/// The version of ONNX's operators, of 2022: old enough for ONNX Runtime from 1.12 on, new enough for
/// importers that want at least 16. Newer versions compute nothing here otherwise.
const OPERATOR_SET: i64 = 17;

/// The version of the file's form that came with [`OPERATOR_SET`]; newer ones are refused by older
/// runtimes, and hold nothing that is needed here.
const IR_VERSION: i64 = 8;

/// What a network gives: N×classes.
const OUTPUT: &str = "logits";

/// Builds the graph of a network, from N×1×32×32 images to N×classes logits.
pub type Translate = fn(&mut Graph<'_>, Value) -> Result<Value, OnnxError>;

/// A network as an ONNX model, the bytes of a file.
///
/// `translate` builds the graph of the variant whose weights are in `state_dict`. The file keeps
/// `metadata`, and with it says what `input` it takes. Equal networks and metadata make equal files.
///
/// # Errors
/// Weights that are not those of the variant, or give other logits than one for each of `classes`;
/// what libtorch refuses, too little memory above all.
pub fn model(
    translate: Translate,
    state_dict: &StateDict,
    classes: usize,
    input: Input,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, OnnxError> {
    let mut graph = Graph::new(state_dict);
    let images = graph.images(input);
    let given = translate(&mut graph, images)?;
    if given.size != [classes as i64] {
        return Err(OnnxError::Logits {
            classes,
            found: given.to_string(),
        });
    }
    let logits = Value::new(OUTPUT, DataType::Float, &given.size);
    let graph = graph.finish(
        env!("CARGO_PKG_NAME"),
        input.value().info(input.about()),
        logits.info("the class of an image is where its row is greatest"),
    );
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto {
            version: OPERATOR_SET,
        }],
        metadata_props: metadata_with(input, metadata),
    };
    Ok(model.encode_to_vec())
}

fn metadata_with(input: Input, metadata: &BTreeMap<String, String>) -> Vec<StringStringEntryProto> {
    let mut metadata = metadata.clone();
    metadata.insert("input".to_owned(), input.name().to_owned());
    metadata.insert("input_range".to_owned(), input.range().to_owned());
    let entries = metadata.into_iter();
    entries
        .map(|(key, value)| StringStringEntryProto { key, value })
        .collect()
}

#[cfg(test)]
mod tests {
    use torch_twin::Generator;
    use torch_twin::nn::Module;

    use super::*;
    use crate::model::Classic;
    use crate::onnx;

    /// The reason why there is no model of a `classic` of ten classes.
    fn refusal(translate: Translate, classes: usize) -> String {
        let network = Classic::new(10, &mut Generator::manual_seed(0)).unwrap();
        let metadata = BTreeMap::new();
        let model = model(
            translate,
            &network.state_dict(),
            classes,
            Input::Images,
            &metadata,
        );
        model.unwrap_err().to_string()
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        assert_eq!(
            refusal(onnx::classic, 11),
            "the network gives N×10, not a logit for each of 11 classes"
        );
        assert_eq!(refusal(onnx::paper, 10), "the network has no pool1.weight");
        assert_eq!(
            refusal(|graph, images| graph.conv2d("conv2", images), 10),
            "conv2.weight: expected shape [16, 1, 5, 5], found [16, 6, 5, 5]"
        );
        assert_eq!(
            refusal(|graph, images| graph.linear("fc1", images), 10),
            "fc1 takes a row of values, not N×1×32×32"
        );
    }
}
