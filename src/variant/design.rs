/// What sets a variant apart, in the words of the tutorial's table.
pub struct Design {
    /// The activation function.
    pub activation: &'static str,
    /// How maps are made smaller.
    pub pooling: &'static str,
    /// What normalises the maps.
    pub normalisation: &'static str,
    /// What it is trained to make small; losses of one name can be compared.
    pub loss: &'static str,
    /// The test accuracy that others report for it on MNIST, and who.
    pub reported: &'static str,
}
