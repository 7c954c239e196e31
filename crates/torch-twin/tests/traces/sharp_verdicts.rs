//! Mistakes whose first difference in the list is not the one at fault.

use crate::programs::assert_first;

#[test]
fn a_state_that_is_not_carried_is_named() {
    let (old, new) = (
        "h, c = h.detach(), c.detach()",
        "h = c = torch.zeros(1, 2, 5)",
    );
    let first = "the carried state, step 2: input 1 of the network";
    let reason = assert_first("sequence.py", old, new, first);
    let why = "input 1 of the network differs; in A it equals no earlier output, in B it equals output \
               1 of step 1; ";
    assert!(reason.starts_with(why), "{reason}");
}

#[test]
fn data_that_are_no_earlier_output_are_data() {
    let (old, new) = ("torch.randn(4, 2, 3)", "torch.rand(4, 2, 3)");
    let reason = assert_first("sequence.py", old, new, "the data, step 1");
    assert!(
        reason.starts_with("input 0 of the network differs; 24 of 24"),
        "{reason}"
    );
}

#[test]
fn a_missing_draw_is_seen_in_the_weight_that_is_constant_on_one_side() {
    let (old, new) = ("        nn.init.normal_(self.mlp_2.bias, std=1e-6)\n", "");
    let reason = assert_first("draws.py", old, new, "initial value of `mlp_2.bias`");
    let why = "all its values are one in A alone, so a draw is missing there; 4 of 4 values differ";
    assert!(reason.starts_with(why), "{reason}");
    let equal = "; equal are `mlp_1.weight`, `mlp_1.bias`, `mlp_2.weight`";
    assert!(reason.ends_with(equal), "{reason}");
}

#[test]
fn draws_in_another_order_are_told_by_their_values() {
    let old = "        nn.init.xavier_uniform_(self.mlp_1.weight)\n        \
               nn.init.normal_(self.mlp_1.bias, std=1e-6)\n        \
               nn.init.xavier_uniform_(self.mlp_2.weight)\n";
    let new = "        nn.init.xavier_uniform_(self.mlp_2.weight)\n        \
               nn.init.normal_(self.mlp_1.bias, std=1e-6)\n        \
               nn.init.xavier_uniform_(self.mlp_1.weight)\n";
    let first = "the order of the draws: `mlp_1.weight` of A is `mlp_2.weight` of B";
    assert_first("draws.py", old, new, first);
}

#[test]
fn parameters_in_another_order_are_told_by_the_optimizers_state() {
    let (old, new) = ("list(model.parameters())", "list(model.parameters())[::-1]");
    let first = "the order of the optimizer's parameters, step 1: `1` in A is `6` in B";
    assert_first("draws.py", old, new, first);
}

#[test]
fn modules_in_another_order_whose_values_are_equal_are_told_by_the_optimizers_state() {
    let old = "        self.mlp_2 = nn.Linear(4, 4)\n        self.head = nn.Linear(4, 2)\n";
    let new = "        self.head = nn.Linear(4, 2)\n        self.mlp_2 = nn.Linear(4, 4)\n";
    // All weights are drawn anew below, in an order of their own.
    let first = "the order of the optimizer's parameters, step 1: `4` in A is `6` in B";
    assert_first("draws.py", old, new, first);
}
