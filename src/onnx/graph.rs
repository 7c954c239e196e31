use tch::{Kind, Tensor};
use torch_twin::nn::StateDict;
use torch_twin::{TorchError, tensor_bytes};

use super::messages::{
    AttributeProto, AttributeType, DataType, GraphProto, NodeProto, TensorProto, ValueInfoProto,
};
use super::{OnnxError, Value};

/// A graph that grows node by node, in the order of a network's forward pass.
///
/// Each node is called as what it gives: a layer's output by the layer's name in PyTorch, `conv1`,
/// and what is before or after it by that name and a word, `conv1.tanh`. Sizes are worked out and
/// compared with the weights meanwhile, so that a graph fits together when it is whole.
pub struct Graph<'a> {
    state_dict: &'a StateDict,
    graph: GraphProto,
}

impl<'a> Graph<'a> {
    /// An empty graph of the network with the weights `state_dict`.
    pub(super) fn new(state_dict: &'a StateDict) -> Self {
        Self {
            state_dict,
            graph: GraphProto::default(),
        }
    }

    /// The network's tensor of this name.
    pub(super) fn tensor(&self, name: &str) -> Result<&'a Tensor, OnnxError> {
        let mut entries = self.state_dict.entries().iter();
        match entries.find(|entry| entry.name == name) {
            Some(entry) => Ok(&entry.tensor),
            None => Err(OnnxError::Missing {
                name: name.to_owned(),
            }),
        }
    }

    /// Puts the network's tensor `name` into the graph, if it has the shape `expected`.
    pub(super) fn weights(&mut self, name: &str, expected: &[i64]) -> Result<(), OnnxError> {
        let tensor = self.tensor(name)?;
        let found = tensor.size();
        if found != expected {
            return Err(OnnxError::Shape {
                name: name.to_owned(),
                expected: expected.to_vec(),
                found,
            });
        }
        Ok(self.initializer(name, tensor)?)
    }

    /// Puts a float32 tensor into the graph.
    pub(super) fn initializer(&mut self, name: &str, tensor: &Tensor) -> Result<(), TorchError> {
        let bytes = tensor_bytes(&tensor.f_to_kind(Kind::Float)?)?;
        self.add_tensor(name, &tensor.size(), DataType::Float, bytes);
        Ok(())
    }

    /// Puts a number into the graph.
    pub(super) fn scalar(&mut self, name: &str, value: f64) {
        // As libtorch does with a number beside a float32 tensor.
        let value = value as f32;
        self.add_tensor(name, &[], DataType::Float, value.to_le_bytes().to_vec());
    }

    /// Puts a list of integers into the graph, such as the axes that an operator works on.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        let size = [values.len() as i64];
        self.add_tensor(name, &size, DataType::Int64, bytes.collect());
    }

    fn add_tensor(&mut self, name: &str, size: &[i64], kind: DataType, bytes: Vec<u8>) {
        let mut known = self.graph.initializer.iter();
        // Several layers may share one.
        if known.any(|tensor| tensor.name == name) {
            return;
        }
        self.graph.initializer.push(TensorProto {
            dims: size.to_vec(),
            data_type: kind.into(),
            name: name.to_owned(),
            raw_data: bytes,
        });
    }

    /// Adds a node that makes `output` of the values and tensors `inputs`.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
        output: Value,
    ) -> Value {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.name.clone()],
            name: output.name.clone(),
            op_type: operator.to_owned(),
            attribute: attributes,
        });
        self.graph.value_info.push(output.info(""));
        output
    }

    /// The whole graph, from `input` to what the last node gives, which becomes `output`.
    pub(super) fn finish(
        mut self,
        name: &str,
        input: ValueInfoProto,
        output: ValueInfoProto,
    ) -> GraphProto {
        if let Some(last) = self.graph.node.last_mut() {
            last.output = vec![output.name.clone()];
        }
        // It is described as an output.
        self.graph.value_info.pop();
        GraphProto {
            name: name.to_owned(),
            input: vec![input],
            output: vec![output],
            ..self.graph
        }
    }
}

/// An attribute that is a whole number.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        i: Some(value),
        r#type: AttributeType::Int.into(),
        ..AttributeProto::default()
    }
}

/// An attribute that is a list of whole numbers.
pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: values.to_vec(),
        r#type: AttributeType::Ints.into(),
        ..AttributeProto::default()
    }
}

/// An attribute that is a number.
pub(super) fn float(name: &str, value: f64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        f: Some(value as f32),
        r#type: AttributeType::Float.into(),
        ..AttributeProto::default()
    }
}
