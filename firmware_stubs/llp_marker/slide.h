/* A slide of one axis: where it is to be at any moment, for a port that drives a motor there.
 *
 * It goes at constant speed from place to place; set-points wait in a queue. Its switch is at 0.
 */
#ifndef SLIDE_H
#define SLIDE_H

#include <stdbool.h>
#include <stdint.h>

#define SLIDE_DEPTH 8u

typedef struct {
    int32_t travel_um, um_per_s, homing_um_per_s;
} slide_limits;

typedef struct {
    uint32_t t_us;
    int32_t um;
} slide_point;

typedef struct {
    slide_limits limits;
    slide_point from, to;
    slide_point queue[SLIDE_DEPTH];
    uint8_t first, used;
    bool homed, homing, alarm;
} slide;

void slide_init(slide *s, const slide_limits *limits, uint32_t now_us);
/* Each returns 0 or why not, as a code of NAK. */
uint8_t slide_home(slide *s, uint32_t now_us);
uint8_t slide_move(slide *s, int32_t um, int32_t um_per_s, uint32_t now_us);
uint8_t slide_jog(slide *s, int32_t um_per_s, uint32_t most_ms, uint32_t now_us);
uint8_t slide_set_point(slide *s, uint32_t t_us, int32_t um, uint32_t now_us);
/* Stop here and forget what waits. */
void slide_halt(slide *s, uint32_t now_us);
/* The switch at 0 has closed; anywhere but in homing that is an alarm. */
void slide_at_switch(slide *s, uint32_t now_us);
/* Call often: takes the next set-point from the queue. Returns where to be. */
int32_t slide_um(slide *s, uint32_t now_us);
int32_t slide_um_per_s(const slide *s, uint32_t now_us);
/* I, R, H, A or F as in the frame P. */
char slide_state(const slide *s, uint32_t now_us);

#endif
