//! Faults planted into the twins in Python: each is found, and named by the stage that has it.

use std::path::PathBuf;

use crate::common::once_a_run;
use crate::common::ports::{compare, copy_twin, record_ours, record_theirs};
use torch_twin::diff::{Options, Report, Side};

const STEPS: u64 = 2;

/// A trace of our ports, which have no faults.
fn ours(trace: &str) -> PathBuf {
    let traces = once_a_run("traces-of-ports", |folder| {
        for port in ["gpt", "mnist", "resnet18"] {
            record_ours(port, &folder.join(port), 1, STEPS);
        }
        record_ours("mnist", &folder.join("mnist of 50 steps"), 1, 50);
    });
    traces.join(trace)
}

/// A port's twin with other text in the place of some, against the port.
fn compared(port: &str, changes: &[(&str, &str)]) -> Report {
    compared_after(STEPS, port, port, changes)
}

fn compared_after(steps: u64, trace: &str, port: &str, changes: &[(&str, &str)]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    copy_twin(port, folder.path(), changes);
    let theirs = folder.path().join("theirs.trace");
    record_theirs(folder.path(), port, &theirs, 1, steps);
    compare(&theirs, &ours(trace))
}

/// The verdict with `new` in the place of `old`.
fn verdict(port: &str, old: &str, new: &str) -> String {
    compared(port, &[(old, new)]).line()
}

#[track_caller]
fn assert_first(port: &str, old: &str, new: &str, first: &str) {
    assert_eq!(
        verdict(port, old, new),
        format!("first difference: {first}")
    );
}

#[test]
fn another_seed_is_seen_in_the_first_initial_value() {
    let (old, new) = ("manual_seed(1)", "manual_seed(2)");
    assert_first("mnist", old, new, "initial value of `conv1.weight`");
}

#[test]
fn two_modules_in_another_order_are_seen_where_the_lists_of_parameters_part() {
    let in_order =
        "        self.fc1 = nn.Linear(9216, 128)\n        self.fc2 = nn.Linear(128, 10)\n";
    let swapped =
        "        self.fc2 = nn.Linear(128, 10)\n        self.fc1 = nn.Linear(9216, 128)\n";
    let report = compared("mnist", &[(in_order, swapped)]);
    let first = "the order of the parameters: `fc2.weight` in A, `fc1.weight` in B";
    assert_eq!(report.line(), format!("first difference: {first}"));
}

#[test]
fn a_missing_bias_is_named_and_not_the_draws_that_it_shifts() {
    let (old, new) = (
        "nn.Linear(4 * WIDTH, WIDTH)",
        "nn.Linear(4 * WIDTH, WIDTH, bias=False)",
    );
    let report = compared("gpt", &[(old, new)]);
    assert_eq!(
        report.line(),
        "first difference: initial value of `h.0.mlp.c_proj.bias`"
    );
    assert_eq!(report.verdict.unwrap().reason, "only B has it, F32 64");
}

#[test]
fn another_kernel_size_is_seen_in_the_weight() {
    let (old, new) = (
        "nn.Conv2d(self.inplanes, planes, 1,",
        "nn.Conv2d(self.inplanes, planes, 2,",
    );
    let report = compared("resnet18", &[(old, new)]);
    let first = "first difference: initial value of `layer2.0.downsample.0.weight`";
    assert_eq!(report.line(), first);
    let reason = "F32 128×64×2×2 in A and F32 128×64×1×1 in B";
    assert_eq!(report.verdict.unwrap().reason, reason);
}

#[test]
fn a_transposed_weight_is_named_by_its_initial_value() {
    let old = "                nn.init.normal_(parameter, 0.0, 0.02)\n";
    let new = "                nn.init.normal_(parameter, 0.0, 0.02)\n        \
               projection = self.h[1].attn.c_proj\n        \
               projection.weight.data = projection.weight.data.t().contiguous()\n";
    assert_first("gpt", old, new, "initial value of `h.1.attn.c_proj.weight`");
}

#[test]
fn weights_that_are_not_tied_differ_under_the_second_name() {
    let (old, new) = ("self.lm_head.weight = self.wte.weight", "pass");
    assert_first("gpt", old, new, "initial value of `lm_head.weight`");
}

#[test]
fn wrong_eps_is_the_fault_of_the_layer() {
    let (old, new) = (
        "self.ln_1 = nn.LayerNorm(WIDTH)",
        "self.ln_1 = nn.LayerNorm(WIDTH, eps=1e-6)",
    );
    assert_first("gpt", old, new, "`h.0.ln_1`, forward, step 1");
    let (old, new) = (
        "self.bn2 = nn.BatchNorm2d(planes)",
        "self.bn2 = nn.BatchNorm2d(planes, eps=1e-3)",
    );
    assert_first("resnet18", old, new, "`layer1.0.bn2`, forward, step 1");
}

#[test]
fn gelus_approximation_is_the_fault_of_the_activation() {
    assert_first(
        "gpt",
        "nn.GELU()",
        "nn.GELU(\"tanh\")",
        "`h.0.mlp.gelu`, forward, step 1",
    );
}

#[test]
fn dropouts_p_is_the_fault_of_the_layer() {
    assert_first(
        "mnist",
        "Dropout(0.25)",
        "Dropout(0.2)",
        "`dropout1`, forward, step 1",
    );
}

#[test]
fn wrong_padding_stride_and_ceil_mode_are_seen_in_the_shape_of_the_layers_output() {
    let padding = compared("resnet18", &[("padding=3", "padding=2")]);
    assert_eq!(padding.line(), "first difference: `conv1`, forward, step 1");
    let reason =
        "its inputs are equal, its output is not: F32 4×64×31×31 in A and F32 4×64×32×32 in B";
    assert_eq!(padding.verdict.unwrap().reason, reason);
    let stride = ("7, stride=2", "7, stride=1");
    assert_first("resnet18", stride.0, stride.1, "`conv1`, forward, step 1");
    let (old, new) = (
        "MaxPool2d(3, stride=2, padding=1)",
        "MaxPool2d(3, stride=2, padding=1, ceil_mode=True)",
    );
    assert_first("resnet18", old, new, "`maxpool`, forward, step 1");
}

#[test]
fn code_between_modules_is_the_fault_of_the_module_around_it() {
    let (old, new) = ("F.relu(self.conv1(x))", "self.conv1(x)");
    assert_first(
        "mnist",
        old,
        new,
        "the network before `conv2`, forward, step 1",
    );
    let attention = "`h.0.attn` before `h.0.attn.c_proj`, forward, step 1";
    assert_first(
        "gpt",
        "is_causal=True)",
        "is_causal=True, scale=0.2)",
        attention,
    );
    assert_first("gpt", "is_causal=True)", "is_causal=False)", attention);
    assert_first("gpt", "DROPOUT if self.training else 0.0", "0.0", attention);
    let (old, new) = ("out += identity", "pass");
    assert_first(
        "resnet18",
        old,
        new,
        "`layer1.0` before `layer1.0.relu`, forward, step 1",
    );
    let (old, new) = ("F.log_softmax(x, dim=1)", "F.log_softmax(x, dim=0)");
    assert_first("mnist", old, new, "the network, forward, step 1");
}

#[test]
fn a_call_that_is_left_out_is_named() {
    let report = compared("resnet18", &[("return self.relu(out)", "return out")]);
    assert_eq!(
        report.line(),
        "first difference: `layer1.0.relu`, forward, step 1"
    );
    let reason = report.verdict.unwrap().reason;
    assert!(
        reason.starts_with("call 2 of it is only in B; after it the output of `layer1.0`"),
        "{reason}"
    );
    let (old, new) = (
        "self.dropout(self.c_proj(self.gelu(self.c_fc(x))))",
        "self.c_proj(self.gelu(self.c_fc(x)))",
    );
    assert_first("gpt", old, new, "`h.0.mlp.dropout`, forward, step 1");
}

#[test]
fn what_goes_into_the_network_is_the_fault_of_the_data() {
    assert_first("mnist", "0.1307", "0.1306", "the data, step 1");
    assert_first("mnist", "shuffle=True", "shuffle=False", "the data, step 1");
}

#[test]
fn shifted_labels_are_seen_in_the_loss() {
    let (old, new) = (
        "F.nll_loss(model(inputs), targets)",
        "F.nll_loss(model(inputs), (targets + 1) % 10)",
    );
    assert_first("mnist", old, new, "the loss, step 1");
}

#[test]
fn batch_norms_momentum_is_seen_in_the_running_mean_and_not_taken_for_the_optimisers_fault() {
    let (old, new) = (
        "self.bn1 = nn.BatchNorm2d(planes)",
        "self.bn1 = nn.BatchNorm2d(planes, momentum=0.01)",
    );
    assert_first(
        "resnet18",
        old,
        new,
        "`layer1.0.bn1.running_mean`, buffer, step 1",
    );
}

#[test]
fn a_backward_that_stops_is_named_by_the_latest_parameter_that_it_does_not_reach() {
    let (old, new) = ("identity = x\n", "identity = x.detach()\n");
    let first = "`layer4.0.downsample.1.weight`, backward, step 1";
    assert_first("resnet18", old, new, first);
}

#[test]
fn gradients_that_are_not_clipped_or_are_clipped_otherwise_are_all_wrong() {
    let clipping = "nn.utils.clip_grad_norm_(model.parameters(), 1.0)";
    for other in ["pass", "nn.utils.clip_grad_norm_(model.parameters(), 0.5)"] {
        let report = compared("gpt", &[(clipping, other)]);
        assert_eq!(
            report.line(),
            "first difference: `ln_f.weight`, backward, step 1"
        );
        let reason = report.verdict.unwrap().reason;
        assert!(reason.contains("such as clipping"), "{reason}");
    }
}

#[test]
fn a_frozen_parameter_has_no_gradient() {
    let (old, new) = (
        "self.ln_f = nn.LayerNorm(WIDTH)",
        "self.ln_f = nn.LayerNorm(WIDTH).requires_grad_(False)",
    );
    let report = compared("gpt", &[(old, new)]);
    assert_eq!(
        report.line(),
        "first difference: `ln_f.weight`, backward, step 1"
    );
    let reason = report.verdict.unwrap().reason;
    assert_eq!(
        reason,
        "the gradient is on one side only; only B has it, F32 64"
    );
}

#[test]
fn what_the_optimiser_keeps_is_told_from_what_it_does() {
    let state = "`0.acc_delta`, optimizer state, step 1";
    assert_first("mnist", "lr=1.0)", "lr=1.0, rho=0.95)", state);
    let state = "`0.exp_avg_sq`, optimizer state, step 1";
    assert_first("gpt", "betas=(0.9, 0.95)", "betas=(0.9, 0.999)", state);
    let state = "`0.momentum_buffer`, optimizer state, step 1";
    assert_first("resnet18", "weight_decay=1e-4", "weight_decay=0.0", state);
    let update = "`conv1.weight`, optimizer update, step 1";
    assert_first("resnet18", "nesterov=True", "nesterov=False", update);
}

#[test]
fn a_module_is_not_blamed_for_weights_that_differed_before() {
    let folder = tempfile::tempdir().unwrap();
    let changes = [("nesterov=True", "nesterov=False")];
    copy_twin("resnet18", folder.path(), &changes);
    let theirs = folder.path().join("theirs.trace");
    record_theirs(folder.path(), "resnet18", &theirs, 1, STEPS);
    let [a, b] = [theirs, ours("resnet18")].map(|path| Side::open(&path).unwrap());
    let options = Options {
        step: Some(2),
        ..Options::default()
    };
    let report = Report::new(&a, &b, options).unwrap();
    let line = "first difference: `conv1.weight`, weights of step 1";
    assert_eq!(report.line(), line);
    let reason = report.verdict.unwrap().reason;
    assert!(
        reason.starts_with("`conv1` computes step 2 with it: "),
        "{reason}"
    );
}

#[test]
fn weight_decay_on_what_should_not_shrink_is_named_by_the_first_such_parameter() {
    let (none, some) = ("\"weight_decay\": 0.0", "\"weight_decay\": 0.1");
    assert_first(
        "gpt",
        none,
        some,
        "`h.0.ln_1.weight`, optimizer update, step 1",
    );
    assert_first("gpt", some, none, "`wte.weight`, optimizer update, step 1");
}

#[test]
fn a_scheduler_is_seen_in_the_first_update_of_another_learning_rate() {
    let rate = "the learning rate, step 2";
    assert_first("gpt", "total_iters=10", "total_iters=5", rate);
}

#[test]
fn a_fault_in_steps_that_are_not_recorded_is_said_to_be_there() {
    // The learning rate changes after the 16 batches of an epoch.
    let changes = [("gamma=0.7", "gamma=0.5")];
    let report = compared_after(50, "mnist of 50 steps", "mnist", &changes);
    assert_eq!(
        report.line(),
        "first difference: steps 11 to 49, which are not recorded"
    );
}

#[test]
fn another_name_of_a_module_is_no_difference() {
    let changes = [("self.fc1", "self.hidden")];
    let report = compared("mnist", &changes);
    assert!(report.is_equal(), "{:?}", report.verdict);
    let renamed: Vec<_> = report
        .rows
        .iter()
        .filter_map(|row| row.renamed.as_deref())
        .collect();
    assert!(
        renamed.contains(&"fc1.weight") && renamed.contains(&"fc1"),
        "{renamed:?}"
    );
}
