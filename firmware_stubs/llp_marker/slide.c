/* A slide of one axis; see slide.h. */
#include "slide.h"

#include <string.h>

#define REACH_NUM 11 /* homing gives up a tenth beyond the travel */
#define REACH_DEN 10

enum { OUT_OF_TRAVEL = 8, NOT_HOMED = 7, TOO_FAST = 9, TOO_LATE = 10, FULL = 11, WRONG = 13, HARDWARE = 14 };

static bool before(uint32_t a_us, uint32_t b_us) { return (int32_t)(a_us - b_us) < 0; }

static int32_t size(int32_t value) { return value < 0 ? -value : value; }

static int32_t place(const slide *s, uint32_t now_us)
{
    uint32_t lasts_us = s->to.t_us - s->from.t_us;
    if (!before(now_us, s->to.t_us) || lasts_us == 0)
        return s->to.um;
    if (before(now_us, s->from.t_us))
        return s->from.um;
    int64_t way = (int64_t)(s->to.um - s->from.um) * (int32_t)(now_us - s->from.t_us);
    return s->from.um + (int32_t)(way / (int64_t)lasts_us);
}

static void go(slide *s, int32_t um, int32_t um_per_s, uint32_t now_us)
{
    slide_halt(s, now_us);
    s->to.um = um;
    s->to.t_us = now_us + (uint32_t)((int64_t)size(um - s->from.um) * 1000000 / um_per_s);
}

static uint8_t why_not(const slide *s, int32_t um, int32_t um_per_s)
{
    if (s->alarm)
        return HARDWARE;
    if (!s->homed)
        return NOT_HOMED;
    if (um < 0 || um > s->limits.travel_um)
        return OUT_OF_TRAVEL;
    return size(um_per_s) > s->limits.um_per_s + s->limits.um_per_s / 1000 ? TOO_FAST : 0;
}

void slide_init(slide *s, const slide_limits *limits, uint32_t now_us)
{
    memset(s, 0, sizeof *s);
    s->limits = *limits;
    s->from.t_us = s->to.t_us = now_us;
}

uint8_t slide_home(slide *s, uint32_t now_us)
{
    s->alarm = s->homed = false;
    go(s, slide_um(s, now_us) - s->limits.travel_um / REACH_DEN * REACH_NUM,
       s->limits.homing_um_per_s, now_us);
    s->homing = true;
    return 0;
}

uint8_t slide_move(slide *s, int32_t um, int32_t um_per_s, uint32_t now_us)
{
    uint8_t wrong = why_not(s, um, um_per_s);
    if (wrong || um_per_s == 0)
        return wrong ? wrong : WRONG;
    go(s, um, size(um_per_s), now_us);
    return 0;
}

uint8_t slide_jog(slide *s, int32_t um_per_s, uint32_t most_ms, uint32_t now_us)
{
    uint8_t wrong = why_not(s, 0, um_per_s);
    if (wrong)
        return wrong;
    if (most_ms > 10000u)
        most_ms = 10000u;
    int32_t um = slide_um(s, now_us) + (int32_t)((int64_t)um_per_s * (int32_t)most_ms / 1000);
    um = um < 0 ? 0 : um > s->limits.travel_um ? s->limits.travel_um : um;
    if (um_per_s == 0)
        slide_halt(s, now_us);
    else
        go(s, um, size(um_per_s), now_us);
    return 0;
}

static slide_point last_of(const slide *s)
{
    return s->used ? s->queue[(s->first + s->used - 1u) % SLIDE_DEPTH] : s->to;
}

uint8_t slide_set_point(slide *s, uint32_t t_us, int32_t um, uint32_t now_us)
{
    slide_um(s, now_us);
    slide_point last = last_of(s);
    if (before(last.t_us, now_us))
        last.t_us = now_us;
    if (!before(now_us, t_us) || !before(last.t_us, t_us))
        return TOO_LATE;
    if (s->used == SLIDE_DEPTH)
        return FULL;
    int64_t um_per_s = (int64_t)size(um - last.um) * 1000000 / (int64_t)(t_us - last.t_us);
    uint8_t wrong = why_not(s, um, um_per_s > INT32_MAX ? INT32_MAX : (int32_t)um_per_s);
    if (wrong)
        return wrong;
    if (!s->used && !before(now_us, s->to.t_us))
        s->to.t_us = now_us; /* it rests until now */
    s->queue[(s->first + s->used++) % SLIDE_DEPTH] = (slide_point){t_us, um};
    return 0;
}

void slide_halt(slide *s, uint32_t now_us)
{
    s->from.um = s->to.um = place(s, now_us);
    s->from.t_us = s->to.t_us = now_us;
    s->used = 0;
    s->homing = false;
}

void slide_at_switch(slide *s, uint32_t now_us)
{
    bool homing = s->homing;
    if (s->alarm || (!homing && !s->homed) || (!homing && place(s, now_us) <= 0))
        return;
    slide_halt(s, now_us);
    if (homing)
        s->from.um = s->to.um = 0;
    s->homed = homing;
    s->alarm = !homing;
}

int32_t slide_um(slide *s, uint32_t now_us)
{
    while (s->used && !before(now_us, s->to.t_us)) {
        s->from = s->to;
        s->to = s->queue[s->first];
        s->first = (uint8_t)((s->first + 1u) % SLIDE_DEPTH);
        s->used--;
    }
    if (s->homing && !before(now_us, s->to.t_us)) {
        s->homing = false; /* no switch where one should be */
        s->alarm = true;
    }
    return place(s, now_us);
}

int32_t slide_um_per_s(const slide *s, uint32_t now_us)
{
    uint32_t lasts_us = s->to.t_us - s->from.t_us;
    if (lasts_us == 0 || !before(now_us, s->to.t_us))
        return 0;
    return (int32_t)((int64_t)(s->to.um - s->from.um) * 1000000 / (int64_t)lasts_us);
}

char slide_state(const slide *s, uint32_t now_us)
{
    if (s->alarm)
        return 'A';
    if (s->homing)
        return 'H';
    if (!s->homed)
        return 'F';
    return s->used || before(now_us, s->to.t_us) ? 'R' : 'I';
}
