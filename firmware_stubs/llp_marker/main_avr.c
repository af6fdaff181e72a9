/* LLP/1 on an ATmega328P at 16 MHz (Arduino Uno, Nano, Pro Mini): USB or TTL serial, 115200 8N1.
 *
 * Marker (default): reads A0, 0 to 5 V as 0 to 50 mm: a potentiometer, a distance sensor, a belt.
 * Gate box (-DGATE): D2 ready and D3 enable, both closed to ground by a relay of the gating
 * system; an open wire is a hold.
 * Stage (-DSTAGE): step on D4, direction on D5 of a stepper driver, 80 steps a mm; the switch at
 * position 0 closes D2 to ground.
 * Outputs of GO are on D8 to D13; a lamp on A1 is lit while the beam is on.
 */
#include "llp.h"
#ifdef STAGE
#include "slide.h"
#endif

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#define BAUD 115200
#define RX_SIZE 128u
#define TICKS_PER_US 2u /* timer 1 at clock / 8 */
#define FULL_SCALE_MM 50L
#define STEPS_PER_MM 80L

#ifdef GATE
static const llp_info info = {"gate", "llp-avr", "A002", "1.0", "", 20, 0, 0, NULL};
#elif defined STAGE
static slide axis_0;
/* 40 mm/s: a step each 0.3 ms is what the loop can give. */
static const slide_limits limits = {100000, 40000, 20000};
static uint8_t home(uint8_t axis, uint32_t now) { return axis ? LLP_NAK_VALUE : slide_home(&axis_0, now); }
static uint8_t move(uint8_t axis, int32_t um, int32_t speed, uint32_t now)
{
    return axis ? LLP_NAK_VALUE : slide_move(&axis_0, um, speed, now);
}
static uint8_t jog(uint8_t axis, int32_t speed, uint32_t ms, uint32_t now)
{
    return axis ? LLP_NAK_VALUE : slide_jog(&axis_0, speed, ms, now);
}
static uint8_t set_point(uint32_t t_us, const int32_t *um, uint8_t n, uint32_t now)
{
    return n == 1 ? slide_set_point(&axis_0, t_us, um[0], now) : LLP_NAK_SYNTAX;
}
static void halt(uint32_t now) { slide_halt(&axis_0, now); }
static const llp_mover mover = {home, move, jog, set_point, halt};
static const llp_info info = {"stage", "llp-avr", "A003", "1.0", "z:mm", 50, 0, 0, &mover};
#else
static const llp_info info = {"marker", "llp-avr", "A001", "1.0", "z:mm", 60, 0, 0, NULL};
#endif

static llp box;
static volatile uint16_t overflows;
static volatile uint8_t rx[RX_SIZE];
static volatile uint8_t rx_first, rx_used;

ISR(TIMER1_OVF_vect) { overflows++; }

ISR(USART_RX_vect)
{
    uint8_t byte = UDR0;
    if (rx_used < RX_SIZE) {
        rx[(uint8_t)(rx_first + rx_used) % RX_SIZE] = byte;
        rx_used++;
    }
}

/* Microseconds; wraps at 31 bits of the timer's half microseconds, so it is carried on here. */
static uint32_t now_us(void)
{
    static uint32_t last_ticks, us, rest;
    uint32_t ticks;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        uint16_t count = TCNT1;
        uint16_t high = overflows;
        if ((TIFR1 & (1 << TOV1)) && count < 0x8000u)
            high++;
        ticks = (uint32_t)high << 16 | count;
    }
    rest += ticks - last_ticks;
    last_ticks = ticks;
    us += rest / TICKS_PER_US;
    rest %= TICKS_PER_US;
    return us;
}

static void set_up(void)
{
    UBRR0 = (uint16_t)((F_CPU + BAUD * 4UL) / (BAUD * 8UL) - 1UL);
    UCSR0A = 1 << U2X0;
    UCSR0B = 1 << RXCIE0 | 1 << RXEN0 | 1 << TXEN0;
    UCSR0C = 1 << UCSZ01 | 1 << UCSZ00;
    TCCR1B = 1 << CS11;
    TIMSK1 = 1 << TOIE1;
    ADMUX = 1 << REFS0;
    ADCSRA = 1 << ADEN | 1 << ADPS2 | 1 << ADPS1 | 1 << ADPS0;
    PORTD |= 1 << PD2 | 1 << PD3;
    DDRB = 0x3F;
    DDRC |= 1 << PC1;
    sei();
}

static void receive(void)
{
    for (;;) {
        uint8_t byte;
        ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
        {
            if (rx_used == 0)
                return;
            byte = rx[rx_first];
            rx_first = (uint8_t)((rx_first + 1u) % RX_SIZE);
            rx_used--;
        }
        llp_receive(&box, byte, now_us());
    }
}

/* One byte whenever the transmitter is free; the loop never waits for it. */
static void send(void)
{
    uint8_t byte;
    if ((UCSR0A & (1 << UDRE0)) && llp_take(&box, &byte, 1))
        UDR0 = byte;
}

#ifdef GATE
static void work(void)
{
    uint8_t pins = PIND;
    llp_gate(&box, !(pins & (1 << PD2)), !(pins & (1 << PD3)), false, now_us());
}
#elif defined STAGE
/* One step a round at most, so the loop itself sets the highest speed. */
static void work(void)
{
    static int32_t at_steps;
    uint32_t now = now_us(), due_us;
    if (!(PIND & (1 << PD2))) {
        slide_at_switch(&axis_0, now);
        if (axis_0.homed && slide_state(&axis_0, now) == 'I')
            at_steps = 0;
    }
    int32_t wanted = slide_um(&axis_0, now) * STEPS_PER_MM / 1000L;
    if (wanted != at_steps) {
        PORTD = (uint8_t)(wanted > at_steps ? PORTD | 1 << PD5 : PORTD & ~(1 << PD5));
        PORTD |= 1 << PD4;
        at_steps += wanted > at_steps ? 1 : -1;
        PORTD &= (uint8_t)~(1 << PD4);
    }
    if (llp_sample_due(&box, now, &due_us))
        llp_position(&box, 0, at_steps * 1000L / STEPS_PER_MM, slide_um_per_s(&axis_0, now),
                     slide_state(&axis_0, now), now);
}
#else
static void work(void)
{
    uint32_t due_us;
    if (!llp_sample_due(&box, now_us(), &due_us))
        return;
    uint32_t t_us = now_us();
    ADCSRA |= 1 << ADSC;
    while (ADCSRA & (1 << ADSC))
        ;
    int32_t value = (int32_t)ADC * FULL_SCALE_MM * 1000L / 1023L;
    llp_sample(&box, &value, 1, LLP_VALID, t_us);
}
#endif

int main(void)
{
    set_up();
#ifdef STAGE
    DDRD |= 1 << PD4 | 1 << PD5;
    slide_init(&axis_0, &limits, now_us());
#endif
    llp_init(&box, &info, now_us());
    for (;;) {
        receive();
        llp_poll(&box, now_us());
        work();
        send();
        PORTB = (uint8_t)((PORTB & ~0x3F) | (llp_outputs(&box) & 0x3F));
        if (llp_host_state(&box) == 'B')
            PORTC |= 1 << PC1;
        else
            PORTC &= (uint8_t)~(1 << PC1);
    }
}
