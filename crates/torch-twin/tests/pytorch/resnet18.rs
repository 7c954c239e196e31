//! The ported ResNet-18 against torchvision's own.

/// The port is compared with its twin elsewhere; this shows that the twin is what torchvision builds.
#[test]
fn the_twin_of_resnet18_is_torchvisions_network() {
    let said = crate::common::run_script("resnet18.py", [""; 0]);
    assert_eq!(said, "122 tensors are torchvision's\n");
}
