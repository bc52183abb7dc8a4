/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wavmask.h"

#include <stdio.h>
#include <string.h>

#define FORMAT_AT 20
#define MASK_AT 40

gboolean
gst_master_wav_set_mask (const gchar *path, guint32 mask)
{
  static const guint8 extensible[] = { 0xfe, 0xff }, empty[4];
  const guint32 bytes = GUINT32_TO_LE (mask);
  guint8 head[MASK_AT + 4];
  FILE *f = fopen (path, "r+b");
  gboolean ok = f != NULL && fread (head, sizeof head, 1, f) == 1;

  if (ok && memcmp (head, "RIFF", 4) == 0 && memcmp (head + 12, "fmt ", 4) == 0 && memcmp (head + FORMAT_AT, extensible, 2) == 0
      && memcmp (head + MASK_AT, empty, 4) == 0)
    ok = fseek (f, MASK_AT, SEEK_SET) == 0 && fwrite (&bytes, sizeof bytes, 1, f) == 1;
  return f != NULL && fclose (f) == 0 && ok;
}
