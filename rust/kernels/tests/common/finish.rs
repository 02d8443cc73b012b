//! What is done to a product.

use thalweg_kernels::MatRef;
use thalweg_kernels::Real;
use thalweg_kernels::elementwise::Activation;
use thalweg_kernels::gemm::Epilogue;

#[derive(Clone, Copy, Debug)]
pub enum Finish {
    Nothing,
    Forward(Activation),
    Backward(Activation),
}

impl Finish {
    pub fn all() -> Vec<Self> {
        let forward = Activation::ALL.map(Self::Forward);
        let backward = Activation::ALL.map(Self::Backward);
        [&[Self::Nothing][..], &forward, &backward].concat()
    }

    pub fn epilogue<'a, T: Real>(self, bias: &'a [T], output: MatRef<'a, T>) -> Epilogue<'a, T> {
        match self {
            Self::Nothing => Epilogue::None,
            Self::Forward(activation) => Epilogue::BiasActivation { bias, activation },
            Self::Backward(activation) => Epilogue::ActivationGradient { activation, output },
        }
    }
}
