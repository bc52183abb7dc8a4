/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the first buffers, with messages and bindings off, an element asks the system for no more memory per buffer than identity
 * does, whatever the buffer's size. This program's malloc counts the calls made while a buffer is pushed, then does its work. */
#include <stddef.h>

#include "rig.h"

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *p, size_t size);

static __thread int is_counting;
static __thread unsigned n_calls;

void *
malloc (size_t size)
{
  n_calls += is_counting;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  n_calls += is_counting;
  return __libc_calloc (n, size);
}

void *
realloc (void *p, size_t size)
{
  n_calls += is_counting;
  return __libc_realloc (p, size);
}

static unsigned
calls_for (const gchar *launch, gsize n_frames)
{
  gfloat *x = g_new0 (gfloat, 2 * n_frames);
  GstHarness *h = gst_harness_new_parse (launch);
  unsigned calls = 0;

  for (gsize i = 0; i < 2 * n_frames; i++)
    x[i] = (gfloat) ((i * 7919 % 1000) / 600.0 - 0.8);
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2");
  for (guint64 k = 0; k < 200; k++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x, 2 * n_frames * sizeof (gfloat));
    GST_BUFFER_PTS (buffer) = gst_util_uint64_scale_int (k * n_frames, GST_SECOND, 48000);
    GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int ((k + 1) * n_frames, GST_SECOND, 48000) - GST_BUFFER_PTS (buffer);
    if (k == 100)
      n_calls = 0;
    is_counting = k >= 100;
    gst_harness_push (h, buffer);
    is_counting = FALSE;
    calls = n_calls;
    while ((buffer = gst_harness_try_pull (h)))
      gst_buffer_unref (buffer);
  }
  gst_harness_teardown (h);
  g_free (x);
  return calls;
}

GST_START_TEST (test_no_more_memory_than_identity)
{
  static const gchar *launches[] = {
    "masteringeq bands=\"high-pass 30; bell 400 -3; high-shelf 8k 3\"",
    "multibandcomp band0::threshold=-30 band0::ratio=3 band1::threshold=-30 band1::ratio=3",
    "truepeaklimiter input-gain=12", "msmatrix width=1.3 mono-below=120", "r128meter post-messages=false", "tpdfdither bits=16",
  };
  static const gsize sizes[] = { 1, 480, 4800 };
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const unsigned identity = calls_for ("identity", sizes[s]);
    for (guint i = 0; i < G_N_ELEMENTS (launches); i++) {
      const unsigned calls = calls_for (launches[i], sizes[s]);
      fail_unless (calls <= identity, "%s, %d frames: %u calls in 100 buffers, identity %u", launches[i], (int) sizes[s], calls,
          identity);
    }
  }
  /* the counter counts */
  n_calls = 0;
  is_counting = TRUE;
  g_free (g_malloc (10));
  is_counting = FALSE;
  fail_unless_equals_int (n_calls, 1);
}
GST_END_TEST;

static Suite *
realtime_suite (void)
{
  Suite *suite = suite_create ("realtime");
  TCase *tcase = tcase_create ("memory");
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_no_more_memory_than_identity);
  return suite;
}

GST_CHECK_MAIN (realtime);
