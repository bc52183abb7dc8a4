/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqfit.h"
#include "isa.h"
#include "vec.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#define LANES 4
#else
#define LANES 2
#endif
typedef double V __attribute__ ((vector_size (8 * LANES)));
typedef int64_t VI __attribute__ ((vector_size (8 * LANES)));

#ifdef __FMA__
#define FMA(a, b, c) mst_fma_v4d (a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

#define NODES 48
#define GROUPS (NODES / LANES)
enum { VN, WN, VD, WD, CZ, CP, GAIN, N_UNKNOWN };

typedef struct
{
  V phi0[GROUPS], phi1[GROUPS]; /* cos^2, sin^2 of w/2 */
  V target[GROUPS], weight[GROUPS];     /* ln|Ha|^2 */
  double un, ud;                /* fixed */
  double start[N_UNKNOWN];      /* logarithms */
  bool is_free[N_UNKNOWN], has_n[3];
  double ridge, pair_ridge;
} Problem;

typedef struct
{
  double cost, gradient[N_UNKNOWN], normal[N_UNKNOWN][N_UNKNOWN];
  V residual[GROUPS];
} Step;

static inline V
splat (double x)
{
  V v;
  for (int i = 0; i < LANES; i++)
    v[i] = x;
  return v;
}

static inline double
sum (V v)
{
  double s = v[0] + v[1];
#if LANES == 4
  s += v[2] + v[3];
#endif
  return s;
}

/* ln x of normal x > 0, relative error below 1e-13: x = 2^e m, 0.7 < m < 1.42, ln m = 2 artanh ((m - 1)/(m + 1)) */
static inline V
vlog (V x)
{
  const VI bits = (VI) x - 0x3fe6a09e667f3bcdLL, magic = (VI) splat (0x1.8p52);
  const V e = (V) ((VI) (((bits >> 52) & 0xfff) ^ 0x800) + magic) - splat (0x1.8p52 + 2048.0);
  const V m = (V) ((bits & 0xfffffffffffffLL) + 0x3fe6a09e667f3bcdLL);
  const V s = (m - 1.0) / (m + 1.0), s2 = s * s;
  V p = s2 * (1.0 / 17.0) + 1.0 / 15.0;
  p = p * s2 + 1.0 / 13.0;
  p = p * s2 + 1.0 / 11.0;
  p = p * s2 + 1.0 / 9.0;
  p = p * s2 + 1.0 / 7.0;
  p = p * s2 + 1.0 / 5.0;
  p = p * s2 + 1.0 / 3.0;
  p = p * s2 + 1.0;
  return e * M_LN2 + 2.0 * s * p;
}

#define RIDGE 2e-4              /* decides between solutions that are equally good */
#define PAIR_RIDGE 3e-5         /* a corrector's pole and zero together, which moves little else */
#define GAIN_RIDGE 1.0          /* the gain at 0 Hz moves only where that helps much */

/* One row of the gradient and of the normal equations; @i is a constant where this is inlined, so that the sums are registers */
static inline __attribute__ ((always_inline)) void
normal_row (const Problem *p, const V (*j)[GROUPS], const int i, Step *step)
{
  V gradient = splat (0.0), row[N_UNKNOWN];
  for (int l = 0; l <= i; l++)
    row[l] = splat (0.0);
  for (int g = 0; g < GROUPS; g++) {
    const V wj = p->weight[g] * j[i][g];
    gradient = FMA (wj, step->residual[g], gradient);
    for (int l = 0; l <= i; l++)
      row[l] = FMA (wj, j[l][g], row[l]);
  }
  step->gradient[i] = sum (gradient);
  for (int l = 0; l <= i; l++)
    step->normal[i][l] = sum (row[l]);
}

static void
evaluate (const Problem *p, const double *theta, Step *step)
{
  double x[GAIN];
  V j[N_UNKNOWN][GROUPS], cost = splat (0.0);
  for (int i = 0; i < GAIN; i++)
    x[i] = exp (theta[i]);
  const double un = p->un, vn = p->has_n[1] ? x[VN] : 0.0, wn = p->has_n[2] ? x[WN] : 0.0;
  const double ud = p->ud, vd = x[VD], wd = x[WD], cz2 = x[CZ] * x[CZ], cp2 = x[CP] * x[CP], gain = theta[GAIN];
  for (int g = 0; g < GROUPS; g++) {
    const V phi0 = p->phi0[g], phi1 = p->phi1[g], cross = 4.0 * phi0 * phi1;
    const V en = un * phi0 - vn * phi1, qn = wn * wn * cross, pn = en * en + qn + 1e-200;
    const V ed = ud * phi0 - vd * phi1, qd = wd * wd * cross, pd = ed * ed + qd;
    const V tz = cz2 * phi1, pz = phi0 + tz, tp = cp2 * phi1, pp = phi0 + tp;
    const V above = pn * pz, below = pd * pp, inverse = 1.0 / (above * below);  /* the one division */
    const V r = p->target[g] - gain - vlog (above * (inverse * above));
    const V in = 2.0 * (inverse * below) * pz, id = 2.0 * (inverse * above) * pp;
    j[VN][g] = -vn * phi1 * en * in;
    j[WN][g] = qn * in;
    j[VD][g] = vd * phi1 * ed * id;
    j[WD][g] = -qd * id;
    j[CZ][g] = 2.0 * tz * (inverse * below) * pn;
    j[CP][g] = -2.0 * tp * (inverse * above) * pd;
    j[GAIN][g] = splat (1.0);
    step->residual[g] = r;
    cost += p->weight[g] * r * r;
  }
  step->cost = sum (cost);
  normal_row (p, j, VN, step);
  normal_row (p, j, WN, step);
  normal_row (p, j, VD, step);
  normal_row (p, j, WD, step);
  normal_row (p, j, CZ, step);
  normal_row (p, j, CP, step);
  normal_row (p, j, GAIN, step);
  /* towards the start */
  for (int i = 0; i < N_UNKNOWN; i++) {
    const double ridge = i == GAIN ? GAIN_RIDGE : p->ridge, far = p->is_free[i] ? theta[i] - p->start[i] : 0.0;
    step->cost += ridge * far * far;
    step->gradient[i] -= ridge * far;
    step->normal[i][i] += ridge;
  }
  const double far = p->is_free[CZ] ? theta[CZ] + theta[CP] - p->start[CZ] - p->start[CP] : 0.0;
  step->cost += p->pair_ridge * far * far;
  for (int i = CZ; i <= CP; i++) {
    step->gradient[i] -= p->pair_ridge * far;
    for (int l = CZ; l <= i; l++)
      step->normal[i][l] += p->pair_ridge;
  }
}

/* (normal + damping diag) step = gradient; a row of a fixed unknown is the identity. */
static void
solve (const Problem *p, const Step *at, double damping, double *step)
{
  double c[N_UNKNOWN][N_UNKNOWN], l[N_UNKNOWN][N_UNKNOWN], inverse[N_UNKNOWN];  /* L D L', c = L D, 1/D */
  for (int i = 0; i < N_UNKNOWN; i++) {
    double b = p->is_free[i] ? at->gradient[i] : 0.0;
    double d = p->is_free[i] ? at->normal[i][i] * (1.0 + damping) : 1.0;
    for (int j = 0; j < i; j++) {
      double a = p->is_free[i] && p->is_free[j] ? at->normal[i][j] : 0.0;
      for (int k = 0; k < j; k++)
        a -= c[i][k] * l[j][k];
      c[i][j] = a;
      l[i][j] = a * inverse[j];
      d -= a * l[i][j];
      b -= l[i][j] * step[j];
    }
    inverse[i] = 1.0 / fmax (d, 1e-12);
    step[i] = b;
  }
  for (int i = N_UNKNOWN - 1; i >= 0; i--) {
    step[i] *= inverse[i];
    for (int k = i + 1; k < N_UNKNOWN; k++)
      step[i] -= l[k][i] * step[k];
  }
}

#define TOL 1e-11
#define PATIENCE 10             /* steps after which it grows by LESS a step: valleys are not followed to their ends */
#define LESS 10.0
#define CAP 30

/* Levenberg-Marquardt. The damping follows from how much of the promised gain came true: H. Nielsen, Damping parameter in
 * Marquardt's method, 1999, but faster downwards. */
static void
minimise (const Problem *p, double *theta)
{
  Step at, tried;
  double damping = 1e-2, growth = 2.0, tol = TOL;
  evaluate (p, theta, &at);
  for (int n = 0; n < CAP && damping <= 1e6; n++) {
    double step[N_UNKNOWN], next[N_UNKNOWN], promised = 0.0;
    solve (p, &at, damping, step);
    for (int i = 0; i < N_UNKNOWN; i++) {
      promised += p->is_free[i] ? step[i] * (at.gradient[i] + damping * at.normal[i][i] * step[i]) : 0.0;
      next[i] = theta[i] + step[i] / (1.0 + 0.5 * fabs (step[i]));
    }
    evaluate (p, next, &tried);
    const double won = at.cost - tried.cost, x = 2.0 * won / promised - 1.0;
    bool done = fabs (won) <= tol * at.cost;
    if (won > 0.0) {
      done &= damping < 1e-2;   /* a full step */
      memcpy (theta, next, sizeof next);
      at = tried;
      damping *= fmin (fmax (1.0 - x * x * x, 0.05), 2.0);
      growth = 2.0;
    } else {
      damping *= growth;
      growth *= 2.0;
    }
    if (done)
      break;
    tol *= n < PATIENCE ? 1.0 : LESS;
  }
}

#define TOP (0.903 * M_PI)        /* of the nodes: a little above 0.45 of the rate */
#define TOP_START (0.93 * M_PI)  /* roots start no higher */

/* u, v, w of the matched z image of the roots of c0 + c1 s + c2 s^2, s in units of @w0 */
static void
matched (const double *c, double w0, double *q)
{
  w0 = fmin (w0, TOP_START / sqrt (c[0] / c[2]));
  const double centre = -0.5 * c[1] / c[2] * w0, disc = centre * centre - c[0] / c[2] * w0 * w0;
  if (disc < 0.0) {
    const double nu = 0.5 * sqrt (-disc), r = exp (centre), m = expm1 (centre);
    q[0] = m * m + 4.0 * r * sin (nu) * sin (nu);
    q[1] = m * m + 4.0 * r * cos (nu) * cos (nu);
  } else {
    const double far = centre - sqrt (disc), near = c[0] / c[2] * w0 * w0 / far;
    q[0] = expm1 (far) * expm1 (near);
    q[1] = (1.0 + exp (far)) * (1.0 + exp (near));
  }
  q[2] = -expm1 (2.0 * centre);
}

/* The same for c0 + c1 s, times (1 + @c S) */
static void
matched_first_order (const double *c, double w0, double corner, double *q)
{
  const double root = -fmin (c[0] / c[1] * w0, TOP_START), u = -expm1 (root), v = 1.0 + exp (root);
  q[0] = u;
  q[1] = v * corner;
  q[2] = 0.5 * (u * corner + v);
}

static double
quality (const double *c)
{
  return sqrt (c[0] * c[2]) / c[1];
}

/* About min (x, top) without a corner, since a node that hits the top must not bend the result as the frequency moves;
 * the sharper the resonance, the closer. */
static double
soft_limit (double x, double top, double sharp)
{
  const double r = fmin (x / top, 8.0), r2 = r * r, r4 = r2 * r2, r8 = r4 * r4, r16 = r8 * r8;
  const double soft = sqrt (sqrt (sqrt (1.0 + r8))), hard = sqrt (sqrt (sqrt (sqrt (sqrt (1.0 + r16 * r16)))));
  return x / (soft + sharp * (hard - soft)) * (x / top <= 8.0 ? 1.0 : 8.0 * top / x);
}

static void
place_nodes (Problem *p, const MstEqSection *s, double w0, double top)
{
  /* What is below -65 dB counts little. At the bottom of a notch, which is exact, every node counts, lest one that passes is missed. */
  const double bottom = s->n[1] == 0.0 && s->n[0] > 0.0 && s->n[2] > 0.0 ? 1e-20 : 3e-7;
  /* The third group sits on the resonances: of a bell the one, of a shelf its poles' and its zeros' */
  double w[NODES], q[2] = { 0.5, 0.5 }, centre[2] = { w0, w0 };
  if (s->d[2] > 0.0) {
    q[0] = q[1] = quality (s->d);
    centre[0] = centre[1] = w0 * sqrt (s->d[0] / s->d[2]);
  }
  if (s->d[2] > 0.0 && s->n[0] > 0.0 && s->n[1] > 0.0) {
    q[0] = q[1] = sqrt (q[0] * quality (s->n));
    centre[1] = w0 * sqrt (s->n[0] / s->n[2]);
  }
  const double low = fmin (w0 / 30.0, top / 50.0), ratio = pow (top / low, 1.0 / 15.0);
  for (int i = 0; i < 16; i++) {
    static const double sinh_t[16] = { -10.017874927409903, -6.694732228393679, -4.457105170535894, -2.94217428809568,
      -1.9043015014515339, -1.1752011936438014, -0.6366535821482413, -0.2013360025410942,
      0.2013360025410942, 0.6366535821482413, 1.1752011936438014, 1.9043015014515348,
      2.942174288095679, 4.457105170535894, 6.6947322283936765, 10.017874927409903 };   /* of -3 to 3 */
    const int which = i & 1;
    w[3 * i] = i == 0 ? low : w[3 * i - 3] * ratio;
    w[3 * i + 1] = top * sin ((0.05 + 0.95 / 15.0 * i) * 0.5 * M_PI);
    w[3 * i + 2] = soft_limit (centre[which] * exp (0.2 / sqrt (sqrt (q[which] * q[which] * q[which] * q[which] + 0.125)) * sinh_t[i]), top, q[which] * q[which] / (q[which] * q[which] + 16.0));
  }
  for (int i = 0; i < NODES; i++) {
    const double h = sin (0.5 * w[i]), power = fmax (mst_eq_section_power (s, w[i] / w0), 1e-30);
    p->phi1[i / LANES][i % LANES] = h * h;
    p->phi0[i / LANES][i % LANES] = 1.0 - h * h;
    p->target[i / LANES][i % LANES] = log (power);
    p->weight[i / LANES][i % LANES] = 1.0 / (1.0 + bottom / power);
  }
}

/* Weights that grow where the fit is worst, by @amount */
static void
level (Problem *p, const double *theta, double amount)
{
  Step at;
  V mean = splat (0.0);
  evaluate (p, theta, &at);
  for (int g = 0; g < GROUPS; g++)
    mean += at.residual[g] * at.residual[g];
  const double scale = amount * NODES / fmax (sum (mean), 1e-200);
  for (int g = 0; g < GROUPS; g++)
    p->weight[g] *= 1.0 + scale * at.residual[g] * at.residual[g];
}

static void
finish (const Problem *p, const double *n, const double *d, const double *theta, MstEqFit *out)
{
  const double gain = exp (0.5 * theta[GAIN]);
  *out = (MstEqFit) {
    { gain * n[0], p->has_n[1] ? gain * exp (theta[VN]) : 0.0, p->has_n[2] ? gain * exp (theta[WN]) : 0.0 },
    { d[0], exp (theta[VD]), exp (theta[WD]) }, exp (theta[CZ]), exp (theta[CP]) };
}

static void
all_pass (const MstEqSection *s, double w0, MstEqFit *out)
{
  const double t = tan (0.5 * w0), w = s->d[1] / w0;
  *out = (MstEqFit) { { 1.0, 1.0 / (t * t), -w }, { 1.0, 1.0 / (t * t), w }, 1.0, 1.0 };
}

/* 0 at 0 dB, 1 for all that is far from it: how much of a corrector to start with */
static double
strength (const MstEqSection *s)
{
  double sum = 0.0;
  if (!(s->n[0] > 0.0 && s->n[1] > 0.0))
    return 1.0;
  for (int i = 0; i < 3; i++)
    if (s->n[i] > 0.0)
      sum += fabs (log (s->n[i] / s->d[i]));
  return sum * sum / (sum * sum + 0.05);
}

/* How much of the corrector is wanted: none where half the rate is so far above all that the curve does that it would be less than
 * 0.004 dB, which costs less. From the arguments, not from the corrector, so that one that passes through nothing does not stick there. */
static double
corrector_share (const MstEqSection *s, double w0)
{
  if (s->n[2] == 0.0)
    return 1.0;
  const double n1 = s->n[1] / s->n[2], n0 = s->n[0] / s->n[2], d1 = s->d[1] / s->d[2], d0 = s->d[0] / s->d[2];
  const double far = w0 / M_PI * (w0 / M_PI);
  /* |ln |Ha|^2| at Nyquist but for its limit, in the first two orders, at most */
  const double most = far * (fabs (n1 * n1 - d1 * d1) + 2.0 * fabs (n0 - d0) + 10.0 * far);
  const double x = fmin (fmax ((most / 0.0014 - 1.0) / 3.0, 0.0), 1.0);
  return x * x * x * (10.0 + x * (6.0 * x - 15.0));
}

/* Pole and zero that near each other */
static void
weaken_corrector (double share, double *theta)
{
  const double apart = theta[CZ] - theta[CP], centre = 0.5 * (theta[CZ] + theta[CP]);
  theta[CZ] = centre + 0.5 * share * apart;
  theta[CP] = centre - 0.5 * share * apart;
}

/* 0 up to q 12, 1 from 24 on, where the error is largest and is levelled once more */
static double
sharpness (const MstEqSection *s)
{
  const double x = log2 (quality (s->d) / 12.0);
  return x <= 0.0 ? 0.0 : x >= 1.0 ? 1.0 : x * x * (3.0 - 2.0 * x);
}

/* The highest zero of a low-pass and of a band-pass, where it is best: with the others it is one too many to find, and which of
 * them is the corrector's would be chance. */
static double
low_pass_cz (double w0, double q)
{
  const double w = soft_limit (w0, 3.0, 0.0);
  return 0.207 - 0.0093 * w * w * q * q / (q * q + 9.0);
}

static double
band_pass_cz (double w0, double q)
{
  const double w2 = w0 * w0;
  return 0.295 - w2 * (0.0085 + 0.0009 * w2) * q * q / (q * q + 4.0);
}

static void
fit (const MstEqSection *s, double f0_hz, double rate_hz, MstEqFit *out)
{
  const double w0 = 2.0 * M_PI * f0_hz / rate_hz;
  Problem p;
  double theta[N_UNKNOWN], n[3], d[3];
  if (s->n[1] < 0.0) {
    all_pass (s, w0, out);
    return;
  }
  const bool second_order = s->d[2] > 0.0, zeros = s->n[0] > 0.0 && s->n[1] > 0.0;
  /* Where a corrector's zero and pole start */
  const double strong = strength (s), start_cp = 0.355 * exp (0.168 * strong);
  double start_cz = 0.355 * exp (-0.168 * strong);
  const double at_nyquist = sqrt (mst_eq_section_power (s, M_PI / w0));
  if (second_order)
    matched (s->d, w0, d);
  else
    matched_first_order (s->d, w0, start_cp, d);
  for (int i = 0; i < N_UNKNOWN; i++)
    p.is_free[i] = i < CZ || i == GAIN || second_order;
  p.has_n[0] = p.has_n[1] = p.has_n[2] = true;
  p.ridge = RIDGE * strong;
  p.pair_ridge = PAIR_RIDGE * strong;
  if (zeros) {
    if (second_order)
      matched (s->n, w0, n);
    else
      matched_first_order (s->n, w0, start_cz, n);
    const double scale = s->n[0] / s->d[0] * d[0] / n[0];
    for (int i = 0; i < 3; i++)
      n[i] *= scale;
  } else if (s->n[0] > 0.0 && s->n[2] > 0.0) {  /* notch */
    const double t = tan (0.5 * w0);
    n[0] = d[0];
    n[1] = d[0] / (t * t);
    n[2] = 0.0;
    p.is_free[VN] = p.is_free[WN] = p.has_n[2] = false;
  } else if (s->n[0] > 0.0) {   /* low pass, whose zeros are far above where it is heard */
    if (second_order)
      start_cz = low_pass_cz (w0, quality (s->d));
    p.is_free[CZ] = false;
    p.ridge = (second_order ? 0.5 : 100.0) * RIDGE;
    n[0] = d[0];
    n[1] = d[1] * at_nyquist;
    n[2] = second_order ? 0.8 * sqrt (n[0] * n[1]) : 0.5 * (0.3 * n[0] + n[1] / 0.42);
  } else if (s->n[1] > 0.0) {   /* band pass; high pass of first order */
    n[0] = 0.0;
    n[1] = d[1] * at_nyquist;
    n[2] = d[0] * s->n[1] / w0;
    if (second_order)
      start_cz = band_pass_cz (w0, quality (s->d));
    p.is_free[CZ] = false;
    p.is_free[WN] = p.has_n[0] = false;
  } else {                      /* high pass */
    n[0] = n[2] = 0.0;
    n[1] = 4.0 * d[0] / (w0 * w0);
    p.is_free[VN] = p.is_free[WN] = p.has_n[0] = p.has_n[2] = false;
  }
  if (memcmp (s->n, s->d, sizeof n) == 0) {     /* 0 dB: no filter, ready to move */
    *out = (MstEqFit) { { d[0], d[1], d[2] }, { d[0], d[1], d[2] }, 0.355, 0.355 };
    return;
  }
  p.un = n[0];
  p.ud = d[0];
  p.start[VN] = log (fmax (n[1], 1e-30));
  p.start[WN] = log (fmax (n[2], 1e-30));
  p.start[VD] = log (d[1]);
  p.start[WD] = log (d[2]);
  p.start[GAIN] = 0.0;
  place_nodes (&p, s, w0, TOP);
  p.start[CZ] = log (second_order ? start_cz : 0.355);
  p.start[CP] = log (second_order ? start_cp : 0.355);
  memcpy (theta, p.start, sizeof theta);
  minimise (&p, theta);
  level (&p, theta, 1.0);
  minimise (&p, theta);
  const double sharp = second_order ? sharpness (s) : 0.0;
  if (sharp > 0.0) {
    level (&p, theta, 2.0 * sharp);
    minimise (&p, theta);
  }
  if (second_order)
    weaken_corrector (corrector_share (s, w0), theta);
  finish (&p, n, d, theta, out);
}

extern const MstEqFitKernels MST_KERNEL (mst_eq_fit_kernels);
const MstEqFitKernels MST_KERNEL (mst_eq_fit_kernels) = { fit };
