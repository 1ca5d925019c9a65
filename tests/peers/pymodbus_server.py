"""pymodbus answers: pymodbus_server.py tcp PORT | rtu DEVICE | ascii DEVICE. Holding register n shows 3n, input register 5n, coil n is
on for each third n, registers and coils 0 to 199."""
import sys

try:
    import pymodbus.datastore as store
    from pymodbus.server import StartSerialServer, StartTcpServer
except ImportError as missing:
    print(f"pymodbus is not usable: {missing}")
    sys.exit(77)

Unit = getattr(store, "ModbusSlaveContext", None) or store.ModbusDeviceContext


def unit(start, **more):
    coils = [n % 3 == 0 for n in range(200)]
    return Unit(
        co=store.ModbusSequentialDataBlock(start, coils),
        di=store.ModbusSequentialDataBlock(start, coils),
        hr=store.ModbusSequentialDataBlock(start, [3 * n for n in range(200)]),
        ir=store.ModbusSequentialDataBlock(start, [5 * n for n in range(200)]),
        **more,
    )


try:
    everything = unit(0, zero_mode=True)
except TypeError:  # newer ones count from 1 inside
    everything = unit(1)
try:
    context = store.ModbusServerContext(slaves=everything, single=True)
except TypeError:
    context = store.ModbusServerContext(devices=everything, single=True)

kind, place = sys.argv[1], sys.argv[2]
if kind == "tcp":
    StartTcpServer(context=context, address=("127.0.0.1", int(place)))
else:
    try:
        from pymodbus.framer.ascii_framer import ModbusAsciiFramer
        from pymodbus.framer.rtu_framer import ModbusRtuFramer
        framer = ModbusAsciiFramer if kind == "ascii" else ModbusRtuFramer
    except ImportError:
        framer = kind
    StartSerialServer(context=context, framer=framer, port=place, baudrate=19200, parity="N", timeout=0.01)
