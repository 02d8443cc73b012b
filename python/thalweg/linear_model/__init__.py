"""Linear models with scikit-learn's interface, trained by gradient descent in Rust."""
