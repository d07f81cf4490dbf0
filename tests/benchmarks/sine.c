/* The sine experiment's arithmetic and nothing else: a 1-hidden-1 net of sigmoids,
   gradient descent on the mean of squares, all samples in every step. */

#include <math.h>

#define HIDDEN 25
#define SAMPLES 100

/* w1, b1, w2: HIDDEN numbers each; b2: one. */
void train(const float *x, const float *y, float *w1, float *b1, float *w2, float *b2,
           float rate, int steps)
{
    static float h[HIDDEN][SAMPLES], e[SAMPLES];
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < SAMPLES; i++)
            e[i] = *b2 - y[i];
        for (int j = 0; j < HIDDEN; j++)
            for (int i = 0; i < SAMPLES; i++) {
                h[j][i] = 1.0f / (1.0f + expf(-(w1[j] * x[i] + b1[j])));
                e[i] += w2[j] * h[j][i];
            }
        float db2 = 0.0f;
        for (int i = 0; i < SAMPLES; i++) {
            e[i] *= 2.0f / SAMPLES;
            db2 += e[i];
        }
        for (int j = 0; j < HIDDEN; j++) {
            float dw2 = 0.0f, dw1 = 0.0f, db1 = 0.0f;
            for (int i = 0; i < SAMPLES; i++) {
                float dz = e[i] * w2[j] * h[j][i] * (1.0f - h[j][i]);
                dw2 += e[i] * h[j][i];
                dw1 += dz * x[i];
                db1 += dz;
            }
            w1[j] -= rate * dw1;
            b1[j] -= rate * db1;
            w2[j] -= rate * dw2;
        }
        *b2 -= rate * db2;
    }
}
