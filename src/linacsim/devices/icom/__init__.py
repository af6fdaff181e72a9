"""The iCom-Vx stream of Elekta machines: what a listener is told during a delivery.

Only what a public listener (pymedphys 0.41) needs is known (research/hil-protocols.md section 5);
what is sent: docs/reference/icom.md.
"""
