/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringflow.h"

#include <string.h>

#define FADE_SECONDS 0.010
/* What a new processor hears before it is heard: enough to settle filters and envelopes. */
#define HISTORY_SECONDS 0.100

static gsize
delay_of (const GstMasteringFlow *flow, gpointer processor)
{
  return flow->klass->latency ? flow->klass->latency (processor) : 0;
}

/* History reaches back to the oldest held frame (the dry path) and HISTORY_SECONDS beyond. */
static MstRing *
new_history (const GstMasteringFlow *flow, gsize delay, gdouble rate)
{
  return mst_ring_new (flow->n_planes,
      delay + flow->fade_frames + (gsize) (HISTORY_SECONDS * rate) + 2 * GST_MASTERING_BLOCK);
}

static void
make_planes (GstMasteringFlow *flow)
{
  const gsize plane = GST_MASTERING_BLOCK + 24;  /* not the same place of every page */
  g_free (flow->memory);
  flow->memory = g_new0 (gdouble, 2 * flow->n_planes * plane + 8);
  gdouble *first = (gdouble *) (((guintptr) flow->memory + 63) & ~(guintptr) 63);
  flow->block = g_renew (gdouble *, flow->block, flow->n_planes);
  flow->mix = g_renew (gdouble *, flow->mix, flow->n_planes);
  flow->shifted = g_renew (gdouble *, flow->shifted, flow->n_planes);
  for (guint c = 0; c < flow->n_planes; c++) {
    flow->block[c] = first + c * plane;
    flow->mix[c] = first + (flow->n_planes + c) * plane;
  }
}

void
gst_mastering_flow_init (GstMasteringFlow *flow, GstMasteringBaseClass *klass, gpointer processor,
    gdouble rate, guint n_channels, guint n_planes, gboolean is_bypassed)
{
  memset (flow, 0, sizeof *flow);
  flow->klass = klass;
  flow->n_channels = n_channels;
  flow->n_planes = n_planes;
  flow->fade_frames = MAX (1, (gsize) (FADE_SECONDS * rate));
  flow->now = processor;
  flow->now_delay = delay_of (flow, processor);
  flow->is_bypassed = is_bypassed;
  if (klass->latency)
    flow->history = new_history (flow, flow->now_delay, rate);

  make_planes (flow);
  gst_mastering_flow_reset (flow);
}

void
gst_mastering_flow_widen (GstMasteringFlow *flow, gdouble rate, guint n_planes)
{
  MstRing *old = flow->history;
  const gsize known = MIN (flow->in, mst_ring_capacity (old));

  flow->n_planes = n_planes;
  make_planes (flow);
  flow->history = new_history (flow, flow->now_delay, rate);
  const gsize keep = MIN (known, mst_ring_capacity (flow->history));
  for (guint64 f = flow->in - keep; f < flow->in;) {
    const gsize n = MIN (flow->in - f, GST_MASTERING_BLOCK);
    mst_ring_read (old, f, flow->block, 0, n);
    mst_ring_write (flow->history, f, flow->block, 0, n);
    f += n;
  }
  mst_ring_free (old);
}

static void
finish_change (GstMasteringFlow *flow)
{
  flow->klass->dispose (flow->now);
  flow->now = flow->next;
  flow->now_delay = flow->next_delay;
  flow->next = NULL;
  g_clear_pointer (&flow->from_now, mst_ring_free);
  g_clear_pointer (&flow->from_next, mst_ring_free);
}

void
gst_mastering_flow_clear (GstMasteringFlow *flow)
{
  if (flow->next)
    finish_change (flow);
  if (flow->now)
    flow->klass->dispose (flow->now);
  g_clear_pointer (&flow->history, mst_ring_free);
  g_clear_pointer (&flow->memory, g_free);
  g_clear_pointer (&flow->block, g_free);
  g_clear_pointer (&flow->mix, g_free);
  g_clear_pointer (&flow->shifted, g_free);
  flow->now = NULL;
}

void
gst_mastering_flow_reset (GstMasteringFlow *flow)
{
  if (flow->next)
    finish_change (flow);
  flow->klass->reset (flow->now);
  flow->in = flow->out = 0;
  flow->end = G_MAXUINT64;
  flow->n_toggles = 0;
  flow->dry = flow->dry_target = flow->is_bypassed ? flow->fade_frames : 0;
}

gdouble *const *
gst_mastering_flow_block (GstMasteringFlow *flow)
{
  return flow->block;
}

gsize
gst_mastering_flow_delay (const GstMasteringFlow *flow)
{
  return flow->now_delay;
}

gsize
gst_mastering_flow_held (const GstMasteringFlow *flow)
{
  return MIN (flow->in, flow->end) - flow->out;
}

gpointer
gst_mastering_flow_processor (const GstMasteringFlow *flow)
{
  return flow->next ? flow->next : flow->now;
}

gboolean
gst_mastering_flow_is_changing (const GstMasteringFlow *flow)
{
  return flow->next != NULL;
}

gsize
gst_mastering_flow_until_changed (const GstMasteringFlow *flow)
{
  const guint64 end = flow->fade_start + flow->fade_frames + MAX (flow->now_delay, flow->next_delay);
  return end > flow->in ? end - flow->in : 1;
}

void
gst_mastering_flow_set_bypass (GstMasteringFlow *flow, gboolean is_bypassed)
{
  if (is_bypassed == flow->is_bypassed)
    return;
  flow->is_bypassed = is_bypassed;
  const gsize target = is_bypassed ? flow->fade_frames : 0;
  /* More toggles inside one delay than there is room for: the last one wins */
  if (flow->n_toggles == GST_MASTERING_MAX_TOGGLES)
    flow->n_toggles--;
  flow->toggles[flow->n_toggles].frame = flow->in;
  flow->toggles[flow->n_toggles++].target = target;
}

/* @out towards @in, @n frames; returns the share of @in after them. */
static gsize
mix_channel (const GstMasteringFlow *flow, gdouble *out, const gdouble *in, gsize n)
{
  gsize dry = flow->dry, i = 0;
  for (; i < n && dry != flow->dry_target; i++) {
    dry += dry < flow->dry_target ? 1 : -1;
    if (dry == flow->fade_frames)
      out[i] = in[i];
    else if (dry > 0)
      out[i] += (in[i] - out[i]) * ((gdouble) dry / (gdouble) flow->fade_frames);
  }
  if (dry == flow->fade_frames)
    memcpy (out + i, in + i, (n - i) * sizeof *out);
  return dry;
}

/* Whether the dry signal may be heard in the frames that come next. */
static gboolean
needs_dry (const GstMasteringFlow *flow)
{
  return flow->dry > 0 || flow->dry_target > 0 || flow->n_toggles > 0;
}

/* Mixes the dry signal of frames out … out + n - 1 into @planes where bypass asks for it: from the history, or, where there is no
 * delay, from mix. */
static void
mix_dry (GstMasteringFlow *flow, gdouble *const *planes, gsize n)
{
  gsize done = 0;
  while (done < n && needs_dry (flow)) {
    gsize part = n - done;
    if (flow->n_toggles > 0) {
      if (flow->toggles[0].frame <= flow->out + done) {
        flow->dry_target = flow->toggles[0].target;
        memmove (flow->toggles, flow->toggles + 1, --flow->n_toggles * sizeof flow->toggles[0]);
        continue;
      }
      part = MIN (part, flow->toggles[0].frame - (flow->out + done));
    }
    if (flow->history)
      mst_ring_read (flow->history, flow->out + done, flow->mix, 0, part);
    gsize dry = flow->dry;
    for (guint c = 0; c < flow->n_channels; c++)
      dry = mix_channel (flow, planes[c] + done, flow->mix[c] + (flow->history ? 0 : done), part);
    flow->dry = dry;
    done += part;
  }
}

static void
emit_frames (GstMasteringFlow *flow, gdouble *const *planes, gsize offset, gsize n, GstMasteringEmit emit,
    gpointer user)
{
  if (n == 0)
    return;
  for (guint c = 0; c < flow->n_channels; c++)
    flow->shifted[c] = planes[c] + offset;
  mix_dry (flow, flow->shifted, n);
  flow->out += n;
  emit (user, flow->shifted, n);
}

/* Frames that a processor with @delay has given out after hearing flow->in of them, never more than there are. */
static guint64
heard (const GstMasteringFlow *flow, gsize delay)
{
  const guint64 given = flow->in > delay ? flow->in - delay : 0;
  return MIN (given, flow->end);
}

/* The last @n frames in @planes are output of a processor with @delay: keep those at or after @from. */
static void
keep_output (const GstMasteringFlow *flow, MstRing *ring, gdouble *const *planes, gsize n, gsize delay, guint64 from)
{
  const guint64 end = flow->in > delay ? flow->in - delay : 0;
  const gsize k = MIN (n, end > from ? end - from : 0);
  if (k > 0)
    mst_ring_write (ring, end - k, planes, n - k, k);
}

static void
feed_both (GstMasteringFlow *flow, gsize n, GstMasteringEmit emit, gpointer user)
{
  for (guint c = 0; c < flow->n_planes; c++)
    memcpy (flow->mix[c], flow->block[c], n * sizeof (gdouble));
  flow->klass->process (flow->now, flow->mix, n);
  flow->klass->process (flow->next, flow->block, n);
  flow->in += n;
  keep_output (flow, flow->from_now, flow->mix, n, flow->now_delay, flow->out);
  keep_output (flow, flow->from_next, flow->block, n, flow->next_delay, flow->fade_start);

  const guint64 old_end = heard (flow, flow->now_delay), new_end = heard (flow, flow->next_delay);
  const guint64 fade_end = flow->fade_start + flow->fade_frames;
  for (;;) {
    guint64 limit;
    if (flow->out < flow->fade_start)
      limit = MIN (old_end, flow->fade_start);
    else if (flow->out < fade_end)
      limit = MIN (MIN (old_end, new_end), fade_end);
    else
      limit = new_end;
    if (limit <= flow->out)
      break;
    const gsize part = MIN (limit - flow->out, GST_MASTERING_BLOCK);
    mst_ring_read (flow->out < fade_end ? flow->from_now : flow->from_next, flow->out, flow->block, 0, part);
    if (flow->out >= flow->fade_start && flow->out < fade_end) {
      mst_ring_read (flow->from_next, flow->out, flow->mix, 0, part);
      for (guint c = 0; c < flow->n_channels; c++)
        for (gsize i = 0; i < part; i++) {
          const gdouble share = (gdouble) (flow->out + i + 1 - flow->fade_start) / (gdouble) flow->fade_frames;
          flow->block[c][i] += (flow->mix[c][i] - flow->block[c][i]) * share;
        }
    }
    emit_frames (flow, flow->block, 0, part, emit, user);
  }
  if (flow->out >= fade_end)
    finish_change (flow);
}

void
gst_mastering_flow_feed (GstMasteringFlow *flow, gsize n, GstMasteringEmit emit, gpointer user)
{
  if (flow->history)
    mst_ring_write (flow->history, flow->in, flow->block, 0, n);
  if (flow->next) {
    feed_both (flow, n, emit, user);
    return;
  }
  if (!flow->history && needs_dry (flow))
    for (guint c = 0; c < flow->n_channels; c++)
      memcpy (flow->mix[c], flow->block[c], n * sizeof (gdouble));
  flow->klass->process (flow->now, flow->block, n);
  flow->in += n;
  const guint64 end = heard (flow, flow->now_delay);
  if (end > flow->out) {
    /* of the n frames of this block only the last ones belong to the stream, and while draining only up to its end */
    const guint64 raw_end = flow->in - flow->now_delay;
    const gsize k = end - flow->out;
    emit_frames (flow, flow->block, n - (gsize) (raw_end - flow->out), k, emit, user);
  }
}

gsize
gst_mastering_flow_feed_packed (GstMasteringFlow *flow, gconstpointer from, gpointer to, gsize n)
{
  if (flow->history || needs_dry (flow))
    return 0;
  const gsize done = flow->klass->process_packed (flow->now, from, to, n);
  flow->in += done;
  flow->out += done;
  return done;
}

gsize
gst_mastering_flow_drain (GstMasteringFlow *flow, gsize max, GstMasteringEmit emit, gpointer user)
{
  if (flow->end == G_MAXUINT64) {
    flow->end = flow->in;
    if (flow->klass->end && flow->out < flow->end) {
      flow->klass->end (flow->now);
      if (flow->next)
        flow->klass->end (flow->next);
    }
  }
  const guint64 stop = flow->out + MIN (max, flow->end - flow->out);
  while (flow->out < stop) {
    /* never more than is asked for: one processor gives a frame for a frame once its delay has passed */
    const guint64 missing = flow->next ? GST_MASTERING_BLOCK : stop + flow->now_delay - flow->in;
    const gsize n = MIN (missing, GST_MASTERING_BLOCK);
    for (guint c = 0; c < flow->n_planes; c++)
      memset (flow->block[c], 0, n * sizeof (gdouble));
    gst_mastering_flow_feed (flow, n, emit, user);
  }
  return flow->end - flow->out;
}

void
gst_mastering_flow_change (GstMasteringFlow *flow, gpointer processor, gdouble rate)
{
  const gsize delay = delay_of (flow, processor);
  const gsize longest = MAX (delay, flow->now_delay);

  if (flow->in == 0 || !flow->klass->latency) {
    flow->klass->dispose (flow->now);
    flow->now = processor;
    flow->now_delay = delay;
    if (flow->history && delay > 0) {
      mst_ring_free (flow->history);
      flow->history = new_history (flow, delay, rate);
    }
    return;
  }

  MstRing *history = new_history (flow, longest, rate);
  const guint64 known = MIN (flow->in, mst_ring_capacity (flow->history));
  const guint64 wanted = MIN (known, delay + (guint64) (HISTORY_SECONDS * rate));
  const guint64 keep = MIN (known, mst_ring_capacity (history));
  for (guint64 f = flow->in - keep; f < flow->in;) {
    const gsize n = MIN (flow->in - f, GST_MASTERING_BLOCK);
    mst_ring_read (flow->history, f, flow->block, 0, n);
    mst_ring_write (history, f, flow->block, 0, n);
    if (f + n > flow->in - wanted) {
      const gsize skip = f < flow->in - wanted ? flow->in - wanted - f : 0;
      for (guint c = 0; c < flow->n_planes; c++)
        flow->shifted[c] = flow->block[c] + skip;
      flow->klass->process (processor, flow->shifted, n - skip);
    }
    f += n;
  }
  mst_ring_free (flow->history);
  flow->history = history;

  /* the faster of the two waits for the slower one, through the fade */
  const gsize room = longest + flow->fade_frames + 2 * GST_MASTERING_BLOCK;
  flow->from_now = mst_ring_new (flow->n_channels, room);
  flow->from_next = mst_ring_new (flow->n_channels, room);
  flow->next = processor;
  flow->next_delay = delay;
  flow->fade_start = flow->in;
}
