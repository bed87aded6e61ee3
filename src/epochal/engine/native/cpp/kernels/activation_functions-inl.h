// Each activation and its slope. Where a function has a corner, the slope is the one that JAX takes
// there. `a` is the input, but for slopes that are had from the output (`y`): `activations.h` says
// which.
#pragma once

#include "kernels/target-inl.h"
#include "kernels/vector_math-inl.h"

namespace epochal {
namespace {

constexpr double SQRT_HALF = 0.70710678118654752440;
constexpr double GELU_SCALE = 0.79788456080286535588;  // sqrt(2 / pi)

struct ReLU {
  static Real value(Real a, const Curve<Real>&) { return a < Real(0) ? Real(0) : a; }
  static Real slope(Real y, const Curve<Real>&) { return y > Real(0) ? Real(1) : Real(0); }
};

struct ReLU6 {
  static Real value(Real a, const Curve<Real>&) {
    return a < Real(0) ? Real(0) : a > Real(6) ? Real(6) : a;
  }
  static Real slope(Real y, const Curve<Real>&) {
    return y > Real(0) && y < Real(6) ? Real(1) : Real(0);
  }
};

struct LeakyReLU {
  static Real value(Real a, const Curve<Real>& f) { return a < Real(0) ? a * f.number : a; }
  static Real slope(Real y, const Curve<Real>& f) { return y < Real(0) ? f.number : Real(1); }
};

struct ELU {
  static Real value(Real a, const Curve<Real>& f) {
    return a > Real(0) ? a : f.number * expm1_of(a > Real(0) ? Real(0) : a);
  }
  static Real slope(Real y, const Curve<Real>& f) { return y > Real(0) ? Real(1) : y + f.number; }
};

struct CELU {
  static Real value(Real a, const Curve<Real>& f) {
    return a > Real(0) ? a : f.number * expm1_of((a > Real(0) ? Real(0) : a) / f.number);
  }
  static Real slope(Real y, const Curve<Real>& f) {
    return y > Real(0) ? Real(1) : y / f.number + Real(1);
  }
};

struct SELU {
  static Real value(Real a, const Curve<Real>&) {
    return a > Real(0) ? Real(SELU_SCALE) * a
                       : Real(SELU_SCALE * SELU_ALPHA) * expm1_of(a > Real(0) ? Real(0) : a);
  }
  static Real slope(Real y, const Curve<Real>&) {
    return y > Real(0) ? Real(SELU_SCALE) : y + Real(SELU_SCALE * SELU_ALPHA);
  }
};

struct Tanh {
  static Real value(Real a, const Curve<Real>&) { return tanh_of(a); }
  static Real slope(Real y, const Curve<Real>&) { return Real(1) - y * y; }
};

struct Sigmoid {
  static Real value(Real a, const Curve<Real>&) { return sigmoid_of(a); }
  static Real slope(Real y, const Curve<Real>&) { return y * (Real(1) - y); }
};

struct Exponential {
  static Real value(Real a, const Curve<Real>&) { return exp_of(a); }
  static Real slope(Real y, const Curve<Real>&) { return y; }
};

struct Softplus {
  static Real value(Real a, const Curve<Real>&) { return softplus_of(a); }
  static Real slope(Real y, const Curve<Real>&) { return -expm1_of(-y); }
};

struct SiLU {
  static Real value(Real a, const Curve<Real>&) { return a * sigmoid_of(a); }
  static Real slope(Real a, const Curve<Real>&) {
    const Real s = sigmoid_of(a);
    return s * (Real(1) + a * (Real(1) - s));
  }
};

struct GELU {
  static Real value(Real a, const Curve<Real>&) {
    return Real(0.5) * a * (Real(1) + erf_of(a * Real(SQRT_HALF)));
  }
  static Real slope(Real a, const Curve<Real>&) {
    const Real density = exp_of(Real(-0.5) * a * a) * Real(0.39894228040143267794);
    return Real(0.5) * (Real(1) + erf_of(a * Real(SQRT_HALF))) + a * density;
  }
};

struct GELUTanh {
  static Real value(Real a, const Curve<Real>&) {
    return Real(0.5) * a * (Real(1) + tanh_of(Real(GELU_SCALE) * (a + Real(0.044715) * a * a * a)));
  }
  static Real slope(Real a, const Curve<Real>&) {
    const Real t = tanh_of(Real(GELU_SCALE) * (a + Real(0.044715) * a * a * a));
    const Real inner = Real(GELU_SCALE) * (Real(1) + Real(3 * 0.044715) * a * a);
    return Real(0.5) * (Real(1) + t) + Real(0.5) * a * (Real(1) - t * t) * inner;
  }
};

struct Softsign {
  static Real value(Real a, const Curve<Real>&) { return a / (Real(1) + magnitude(a)); }
  static Real slope(Real a, const Curve<Real>&) {
    return Real(1) / ((Real(1) + magnitude(a)) * (Real(1) + magnitude(a)));
  }
};

struct HardSigmoid {
  static Real value(Real a, const Curve<Real>&) {
    return a < Real(-3) ? Real(0) : a > Real(3) ? Real(1) : a / Real(6) + Real(0.5);
  }
  static Real slope(Real a, const Curve<Real>&) {
    return a > Real(-3) && a < Real(3) ? Real(1) / Real(6) : Real(0);
  }
};

struct LogSigmoid {
  static Real value(Real a, const Curve<Real>&) { return -softplus_of(-a); }
  static Real slope(Real a, const Curve<Real>&) { return sigmoid_of(-a); }
};

struct HardSiLU {
  static Real value(Real a, const Curve<Real>&) {
    return a * (a < Real(-3) ? Real(0) : a > Real(3) ? Real(1) : a / Real(6) + Real(0.5));
  }
  static Real slope(Real a, const Curve<Real>&) {
    return a <= Real(-3) ? Real(0) : a >= Real(3) ? Real(1) : a / Real(3) + Real(0.5);
  }
};

struct HardTanh {
  static Real value(Real a, const Curve<Real>&) {
    return a > Real(1) ? Real(1) : a < Real(-1) ? Real(-1) : a;
  }
  static Real slope(Real a, const Curve<Real>&) {
    return magnitude(a) <= Real(1) ? Real(1) : Real(0);
  }
};

struct Mish {
  static Real value(Real a, const Curve<Real>&) { return a * tanh_of(softplus_of(a)); }
  static Real slope(Real a, const Curve<Real>&) {
    const Real t = tanh_of(softplus_of(a));
    return t + a * (Real(1) - t * t) * sigmoid_of(a);
  }
};

struct Squareplus {
  static Real value(Real a, const Curve<Real>& f) {
    return Real(0.5) * (a + root(a * a + f.number));
  }
  static Real slope(Real a, const Curve<Real>& f) {
    return Real(0.5) * (Real(1) + a / root(a * a + f.number));
  }
};

struct SoftShrink {
  static Real value(Real a, const Curve<Real>& f) {
    return a > f.number ? a - f.number : a < -f.number ? a + f.number : Real(0);
  }
  static Real slope(Real a, const Curve<Real>& f) {
    return magnitude(a) > f.number ? Real(1) : Real(0);
  }
};

struct HardShrink {
  static Real value(Real a, const Curve<Real>& f) { return magnitude(a) > f.number ? a : Real(0); }
  static Real slope(Real a, const Curve<Real>& f) {
    return magnitude(a) > f.number ? Real(1) : Real(0);
  }
};

struct TanhShrink {
  static Real value(Real a, const Curve<Real>&) { return a - tanh_of(a); }
  static Real slope(Real a, const Curve<Real>&) { return tanh_of(a) * tanh_of(a); }
};

struct SparsePlus {
  static Real value(Real a, const Curve<Real>&) {
    return a <= Real(-1) ? Real(0) : a >= Real(1) ? a : (a + Real(1)) * (a + Real(1)) / Real(4);
  }
  static Real slope(Real a, const Curve<Real>&) {
    return a <= Real(-1) ? Real(0) : a >= Real(1) ? Real(1) : Real(0.5) * (a + Real(1));
  }
};

struct SparseSigmoid {
  static Real value(Real a, const Curve<Real>&) {
    return a < Real(-1) ? Real(0) : a > Real(1) ? Real(1) : Real(0.5) * (a + Real(1));
  }
  static Real slope(Real a, const Curve<Real>&) {
    return magnitude(a) < Real(1) ? Real(0.5) : magnitude(a) == Real(1) ? Real(0.25) : Real(0);
  }
};

struct BoundedReLU {
  static Real value(Real a, const Curve<Real>& f) {
    return a > f.threshold ? (a > f.largest ? f.largest : a) : f.number * (a - f.threshold);
  }
  static Real slope(Real a, const Curve<Real>& f) {
    const Real above = a < f.largest ? Real(1) : a == f.largest ? Real(0.5) : Real(0);
    const Real below = a < f.threshold ? f.number : Real(0);
    return a > f.threshold ? above : below;
  }
};

struct Threshold {
  static Real value(Real a, const Curve<Real>& f) { return a > f.threshold ? a : f.number; }
  static Real slope(Real a, const Curve<Real>& f) { return a > f.threshold ? Real(1) : Real(0); }
};

}  // namespace
}  // namespace epochal
