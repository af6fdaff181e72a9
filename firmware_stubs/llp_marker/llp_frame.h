/* What the files of the protocol share; not for ports. */
#ifndef LLP_FRAME_H
#define LLP_FRAME_H

#include "llp.h"

/* A frame of text: begin, fields, finish. */
void llp_begin(llp *box, const char *type, uint8_t flags, uint32_t t_us);
void llp_put(llp *box, char c);
void llp_put_thousandths(llp *box, int32_t value);
void llp_field_text(llp *box, const char *text);
void llp_field_whole(llp *box, uint32_t value);
void llp_finish(llp *box);

/* A binary frame: begin, n numbers, finish. */
void llp_begin_binary(llp *box, char letter, uint8_t flags, uint32_t t_us, uint8_t n);
void llp_put_float(llp *box, float value);
void llp_finish_binary(llp *box);

/* All of these bytes or none wait to be sent. */
void llp_queue(llp *box, const uint8_t *data, uint16_t length);

/* Carries out MOV, JOG, TRJ or HOM, whose fields are as many as they must be; returns 0 or why not. */
uint8_t llp_move(const llp *box, const char *type, char **field, uint8_t n, uint32_t now_us);

/* A frame that was received, its checksum right: n fields behind type, seq, t_us and flags. */
void llp_handle(llp *box, const char *type, char **field, uint8_t n, uint32_t now_us);
/* Whether a field is a number of 1 to 20 digits. */
bool llp_is_whole(const char *text);

#endif
