#pragma once
/// Constants of the approximations that the vectorised tables share. Not part of the module's interface.
///
/// The polynomials are our own near-minimax fits (least squares on Chebyshev nodes with Lawson's re-weighting, computed
/// in extended precision). The forms around them are the classical ones: Cody and Waite's range reduction for the
/// exponential, Hastings' erfc(z) ≈ t·P(t)·e^(−z²) with t = 1/(1 + pz) (Abramowitz and Stegun, 7.1.26, with two more
/// terms), and tanh(x) = 1 − 2/(e^(2x) + 1) away from zero.

/// e^x = 2^n · e^r, n = round(x · log₂e), r = x − n·ln 2 in two parts; e^r = 1 + r + r²·Σ cᵢrⁱ on |r| ≤ ln 2 / 2.
/// Fit error 3.1e-9; the float result is within 1e-7 of e^x, relatively. Below the lower limit the result is 0, above
/// the upper limit ∞.
static const float ck_exp_limits[2] = {-87.33f, 88.37f};
static const float ck_exp_log2e = 0x1.715476p+0f;
static const float ck_exp_ln2[2] = {0x1.62e4p-1f, 0x1.7f7d1cp-20f};
static const float ck_exp_terms[5] = {0.49999993f, 0.16666520f, 0.041668394f, 0.0083687806f, 0.0013814465f};

/// tanh x = x + x³·Σ cᵢx²ⁱ below this magnitude. Fit error 4.4e-9, relatively.
static const float ck_tanh_small = 0.625f;
static const float ck_tanh_terms[5] = {-0.33333282f, 0.13331431f, -0.053738759f, 0.020635823f, -0.0057011887f};

/// erfc z = t·Σ cᵢtⁱ · e^(−z²), t = 1/(1 + pz), for z ≥ 0. Fit error 1.1e-9.
static const float ck_erfc_p = 0.45f;
static const float ck_erfc_terms[7] = {0.25898975f, 0.20100891f,  0.46017217f, -0.37580543f,
                                       0.8571703f,  -0.4941056f, 0.092569907f};
