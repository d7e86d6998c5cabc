using Slipway.Groovy.Compilation;

namespace Slipway.Groovy.Runtime;

public sealed partial class Fiber
{
    /// <summary>
    /// Runs instructions until the stack of calls is as deep as given (true: the result is there) or the fiber waits (false). Whatever may call script code
    /// does not do it from here on the CLR's stack but pushes a frame; the loop then goes on in that frame.
    /// </summary>
    private bool Execute(int stopDepth)
    {
    Enter:
        var frame = _frames[_depth - 1];
        var code = frame.Code.Code;
        var constants = frame.Code.Constants;
        var bp = frame.Base;
        var pc = frame.Pc;
        var stack = Stack;
        var sp = Sp;
        Outcome outcome;
        while (true)
        {
            ref readonly var ins = ref code[pc];
            frame.Pc = ++pc;
            switch (ins.Op)
            {
                case Op.Const:
                    stack[sp++] = constants[ins.A];
                    continue;
                case Op.Null:
                    stack[sp++] = null;
                    continue;
                case Op.True:
                    stack[sp++] = Box.True;
                    continue;
                case Op.False:
                    stack[sp++] = Box.False;
                    continue;
                case Op.Pop:
                    stack[--sp] = null;
                    continue;
                case Op.Dup:
                    stack[sp] = stack[sp - 1];
                    sp++;
                    continue;
                case Op.DupX1:
                    stack[sp] = stack[sp - 1];
                    stack[sp - 1] = stack[sp - 2];
                    stack[sp - 2] = stack[sp];
                    sp++;
                    continue;
                case Op.DupX2:
                    stack[sp] = stack[sp - 1];
                    stack[sp - 1] = stack[sp - 2];
                    stack[sp - 2] = stack[sp - 3];
                    stack[sp - 3] = stack[sp];
                    sp++;
                    continue;
                case Op.Dup2:
                    stack[sp] = stack[sp - 2];
                    stack[sp + 1] = stack[sp - 1];
                    sp += 2;
                    continue;
                case Op.Swap:
                    (stack[sp - 1], stack[sp - 2]) = (stack[sp - 2], stack[sp - 1]);
                    continue;

                case Op.LoadLocal:
                    stack[sp++] = stack[bp + ins.A];
                    continue;
                case Op.StoreLocal:
                    stack[bp + ins.A] = stack[--sp];
                    continue;
                case Op.LoadCell:
                    stack[sp++] = ((Cell)stack[bp + ins.A]!).Value;
                    continue;
                case Op.StoreCell:
                    ((Cell)stack[bp + ins.A]!).Value = stack[--sp];
                    continue;
                case Op.DeclareCell:
                    stack[bp + ins.A] = new Cell { Value = stack[--sp] };
                    continue;
                case Op.LoadCapture:
                    stack[sp++] = frame.Captures[ins.A].Value;
                    continue;
                case Op.StoreCapture:
                    frame.Captures[ins.A].Value = stack[--sp];
                    continue;
                case Op.LoadTopLevel:
                    stack[sp++] = LoadTopLevel(frame, (string)constants[ins.A]!);
                    continue;
                case Op.StoreTopLevel:
                    StoreTopLevel(frame, (string)constants[ins.A]!, stack[--sp]);
                    continue;
                case Op.LoadThis:
                    stack[sp++] = frame.This;
                    continue;
                case Op.LoadSelf:
                    stack[sp++] = frame.Closure;
                    continue;

                case Op.LoadName:
                    Sp = sp;
                    outcome = LoadName(frame, (string)constants[ins.A]!, ins.B < 0 ? null : (TypeRef)constants[ins.B]!, sp);
                    break;
                case Op.StoreName:
                    Sp = sp;
                    outcome = StoreName(frame, (string)constants[ins.A]!, stack[sp - 1], sp - 1);
                    break;
                case Op.LoadClass:
                    var loaded = Interpreter.Resolve((TypeRef)constants[ins.A]!);
                    if (loaded is UserClass { IsInitialized: false } fresh)
                    {
                        Sp = sp;
                        outcome = Initialize(frame, fresh, sp);
                        break;
                    }

                    stack[sp++] = loaded;
                    continue;

                case Op.GetProperty:
                    if (stack[sp - 1] is GroovyMap { DefaultFactory: null } map)
                    {
                        stack[sp - 1] = map[constants[ins.A]];
                        continue;
                    }

                    Sp = sp;
                    outcome = GetProperty(stack[sp - 1], (string)constants[ins.A]!, sp - 1);
                    break;
                case Op.GetNamedProperty:
                    Sp = sp;
                    outcome = GetProperty(stack[sp - 2], Formatting.ToText(stack[sp - 1]), sp - 2);
                    break;
                case Op.SetProperty:
                    Sp = sp;
                    outcome = SetProperty(stack[sp - 2], (string)constants[ins.A]!, stack[sp - 1], sp - 2);
                    break;
                case Op.SetNamedProperty:
                    Sp = sp;
                    outcome = SetProperty(stack[sp - 3], Formatting.ToText(stack[sp - 2]), stack[sp - 1], sp - 3);
                    break;
                case Op.GetField:
                    Sp = sp;
                    outcome = GetField(stack[sp - 1], (string)constants[ins.A]!, sp - 1);
                    break;
                case Op.SetField:
                    Sp = sp;
                    outcome = SetField(stack[sp - 2], (string)constants[ins.A]!, stack[sp - 1], sp - 2);
                    break;
                case Op.SpreadProperty:
                    Sp = sp;
                    outcome = Complete(SpreadPropertyAsync(stack[sp - 2], Formatting.ToText(stack[sp - 1])), sp - 2, discards: false);
                    break;
                case Op.GetSuperProperty:
                    Sp = sp;
                    outcome = GetProperty(frame.This, (string)constants[ins.A]!, sp);
                    break;
                case Op.GetIndex:
                    {
                        var target = stack[sp - 2];
                        var index = stack[sp - 1];
                        if (target is GroovyList list && index is int at && (uint)at < (uint)list.Count)
                        {
                            stack[--sp] = null;
                            stack[sp - 1] = list[at];
                            continue;
                        }

                        if (target is GroovyMap { DefaultFactory: null } found)
                        {
                            stack[--sp] = null;
                            stack[sp - 1] = found[index];
                            continue;
                        }

                        Sp = sp;
                        outcome = target is null
                            ? throw Throw.NullPointer("Cannot invoke method getAt() on null object")
                            : CallMethod(sp - 2, 1, "getAt", null);
                        break;
                    }

                case Op.SetIndex:
                    {
                        var target = stack[sp - 3];
                        if (target is GroovyMap { DefaultFactory: null } written)
                        {
                            written.Put(stack[sp - 2], stack[sp - 1]);
                            Charge(48);
                            sp -= 3;
                            continue;
                        }

                        if (target is GroovyList { IsReadOnly: false } list && stack[sp - 2] is int at && (uint)at < (uint)list.Count)
                        {
                            list[at] = stack[sp - 1];
                            sp -= 3;
                            continue;
                        }

                        Sp = sp;
                        if (target is null)
                        {
                            throw Throw.NullPointer("Cannot invoke method putAt() on null object");
                        }

                        outcome = CallDiscarding(sp - 3, 2, "putAt");
                        break;
                    }

                case Op.TupleItem:
                    Sp = sp;
                    outcome = TupleItem(stack[sp - 1], ins.A, sp - 1);
                    break;

                case Op.Call:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var first = sp - site.ArgumentCount;
                        outcome = site.HasSpread
                            ? CallMethod(first - 1, SpreadArguments(), site.Name, null)
                            : CallMethod(first - 1, site.ArgumentCount, site.Name, site);
                        break;
                    }

                case Op.CallNamed:
                    {
                        // target name args…: the name moves out of the way.
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        stack = Stack;
                        sp = Sp;
                        var nameAt = sp - count - 1;
                        var callee = stack[nameAt];
                        Array.Copy(stack, nameAt + 1, stack, nameAt, count);
                        stack[--sp] = null;
                        Sp = sp;
                        outcome = ins.B == 1
                            ? Complete(SpreadCallAsync(stack[nameAt - 1], Formatting.ToText(callee), stack.AsSpan(nameAt, count).ToArray()), nameAt - 1, discards: false)
                            : stack[nameAt - 1] is ScriptInstance && frame.Closure is null ? CallFree(frame, Formatting.ToText(callee), nameAt, count, nameAt - 1, site.HasNamed)
                            : CallMethod(nameAt - 1, count, Formatting.ToText(callee), null);
                        break;
                    }

                case Op.CallFree:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        outcome = CallFree(frame, site.Name, Sp - count, count, Sp - count, site.HasNamed);
                        break;
                    }

                case Op.CallValue:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        var first = Sp - count;
                        outcome = CallValue(Stack[first - 1], first, count, first - 1, site.Name, discards: false);
                        break;
                    }

                case Op.CallSuper:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        outcome = CallSuper(frame, site.Name, Sp - count, count, Sp - count);
                        break;
                    }

                case Op.CallSpread:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        var first = Sp - count;
                        outcome = Complete(SpreadCallAsync(Stack[first - 1], site.Name, Stack.AsSpan(first, count).ToArray()), first - 1, discards: false);
                        break;
                    }

                case Op.CallSuperConstructor:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        outcome = CallSuperConstructor(frame, Sp - count, count, ins.B == 1);
                        break;
                    }

                case Op.InitializeFields:
                    if (frame.Class?.Code.FieldInitializer is { } initializer)
                    {
                        Sp = sp;
                        outcome = Enter(initializer, frame.This, null, ((UserObject)frame.This!).Captures, frame.Class, sp, 0, sp, FrameFlags.Discards);
                        break;
                    }

                    continue;
                case Op.ApplyProperties:
                    Sp = sp;
                    outcome = stack[sp - 1] is GroovyMap values && values.Count > 0
                        ? Complete(ApplyPropertiesAsync(frame.This, values), sp - 1, discards: true)
                        : Dropped(sp - 1);
                    break;
                case Op.New:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        var @class = Interpreter.ResolveForNew((TypeRef)constants[ins.B]!, out var hostClass);
                        if (@class is UserClass { IsInitialized: false } unready)
                        {
                            Sp = sp;
                            outcome = Initialize(frame, unready, sp);
                            break;
                        }

                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        outcome = hostClass is not null ? HostMethod(hostClass, "new", Sp - count, count, Sp - count, site.HasNamed) : New(@class!, Sp - count, count, frame);
                        break;
                    }

                case Op.NewAnonymous:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        var @class = Interpreter.AnonymousClass((ClassCode)constants[ins.B]!, frame.Class, frame.This as ScriptInstance ?? frame.Class?.Script);
                        outcome = NewObject(@class, Sp - count, count, frame, Capture(frame, @class.Code.Captures));
                        break;
                    }

                case Op.NewEnumConstant:
                    {
                        var site = (CallSite)constants[ins.A]!;
                        Sp = sp;
                        var count = site.HasSpread ? SpreadArguments() : site.ArgumentCount;
                        outcome = NewEnumConstant((UserClass)frame.This!, (EnumConstantCode)constants[ins.B]!, Sp - count, count);
                        break;
                    }

                case Op.NewArray:
                    Sp = sp;
                    {
                        var array = Operators.NewArray(this, Interpreter.Resolve((TypeRef)constants[ins.A]!), stack.AsSpan(sp - ins.B, ins.B));
                        sp -= ins.B;
                        stack[sp++] = array;
                    }

                    continue;
                case Op.MakeArray:
                    stack[sp - 1] = Coercion.As(stack[sp - 1], ClassTable.ArrayOf(Interpreter.Resolve((TypeRef)constants[ins.A]!)));
                    continue;

                case Op.Add:
                    if (stack[sp - 2] is int a1 && stack[sp - 1] is int a2)
                    {
                        stack[--sp - 1] = Box.Int(unchecked(a1 + a2));
                        continue;
                    }

                    Sp = sp;
                    outcome = Binary(Op.Add, "plus");
                    break;
                case Op.Subtract:
                    if (stack[sp - 2] is int s1 && stack[sp - 1] is int s2)
                    {
                        stack[--sp - 1] = Box.Int(unchecked(s1 - s2));
                        continue;
                    }

                    Sp = sp;
                    outcome = Binary(Op.Subtract, "minus");
                    break;
                case Op.Multiply:
                    if (stack[sp - 2] is int m1 && stack[sp - 1] is int m2)
                    {
                        stack[--sp - 1] = Box.Int(unchecked(m1 * m2));
                        continue;
                    }

                    Sp = sp;
                    outcome = Binary(Op.Multiply, "multiply");
                    break;
                case Op.Modulo:
                    if (stack[sp - 2] is int r1 && stack[sp - 1] is int r2 && r2 > 0)
                    {
                        stack[--sp - 1] = Box.Int(r1 % r2);
                        continue;
                    }

                    Sp = sp;
                    outcome = Binary(Op.Modulo, "mod");
                    break;
                case Op.Divide:
                    Sp = sp;
                    outcome = Binary(Op.Divide, "div");
                    break;
                case Op.Power:
                    Sp = sp;
                    outcome = Binary(Op.Power, "power");
                    break;
                case Op.BitAnd:
                    Sp = sp;
                    outcome = Binary(Op.BitAnd, "and");
                    break;
                case Op.BitOr:
                    Sp = sp;
                    outcome = Binary(Op.BitOr, "or");
                    break;
                case Op.BitXor:
                    Sp = sp;
                    outcome = Binary(Op.BitXor, "xor");
                    break;
                case Op.ShiftLeft:
                    if (stack[sp - 2] is GroovyList { IsReadOnly: false } appended)
                    {
                        appended.Add(stack[--sp]);
                        stack[sp] = null;
                        Charge(16);
                        continue;
                    }

                    Sp = sp;
                    outcome = Binary(Op.ShiftLeft, "leftShift");
                    break;
                case Op.ShiftRight:
                    Sp = sp;
                    outcome = Binary(Op.ShiftRight, "rightShift");
                    break;
                case Op.ShiftRightUnsigned:
                    Sp = sp;
                    outcome = Binary(Op.ShiftRightUnsigned, "rightShiftUnsigned");
                    break;

                case Op.Equal:
                    Sp = sp;
                    stack[sp - 2] = Box.Bool(AreEqual(stack[sp - 2], stack[sp - 1]));
                    stack[--sp] = null;
                    continue;
                case Op.NotEqual:
                    Sp = sp;
                    stack[sp - 2] = Box.Bool(!AreEqual(stack[sp - 2], stack[sp - 1]));
                    stack[--sp] = null;
                    continue;
                case Op.Identical:
                    stack[sp - 2] = Box.Bool(Operators.AreIdentical(stack[sp - 2], stack[sp - 1]));
                    stack[--sp] = null;
                    continue;
                case Op.NotIdentical:
                    stack[sp - 2] = Box.Bool(!Operators.AreIdentical(stack[sp - 2], stack[sp - 1]));
                    stack[--sp] = null;
                    continue;
                case Op.Less:
                    Sp = sp;
                    stack[sp - 2] = Box.Bool(Compare(stack[sp - 2], stack[sp - 1]) < 0);
                    stack[--sp] = null;
                    continue;
                case Op.LessOrEqual:
                    Sp = sp;
                    stack[sp - 2] = Box.Bool(Compare(stack[sp - 2], stack[sp - 1]) <= 0);
                    stack[--sp] = null;
                    continue;
                case Op.Greater:
                    Sp = sp;
                    stack[sp - 2] = Box.Bool(Compare(stack[sp - 2], stack[sp - 1]) > 0);
                    stack[--sp] = null;
                    continue;
                case Op.GreaterOrEqual:
                    Sp = sp;
                    stack[sp - 2] = Box.Bool(Compare(stack[sp - 2], stack[sp - 1]) >= 0);
                    stack[--sp] = null;
                    continue;
                case Op.Compare:
                    Sp = sp;
                    stack[sp - 2] = Box.Int(Compare(stack[sp - 2], stack[sp - 1]));
                    stack[--sp] = null;
                    continue;

                case Op.Find:
                    stack[sp - 2] = Operators.Find(stack[sp - 2], stack[sp - 1], Interpreter);
                    stack[--sp] = null;
                    continue;
                case Op.Match:
                    stack[sp - 2] = Box.Bool(Operators.Matches(stack[sp - 2], stack[sp - 1]));
                    stack[--sp] = null;
                    continue;
                case Op.IsCase:
                    Sp = sp;
                    outcome = IsCase(sp - 2);
                    break;
                case Op.InstanceOf:
                    stack[sp - 1] = Box.Bool(Interpreter.IsInstance(stack[sp - 1], (TypeRef)constants[ins.A]!));
                    continue;
                case Op.Not:
                    Sp = sp;
                    stack[sp - 1] = Box.Bool(!IsTrue(stack[sp - 1]));
                    continue;
                case Op.Truth:
                    Sp = sp;
                    stack[sp - 1] = Box.Bool(IsTrue(stack[sp - 1]));
                    continue;
                case Op.Negate:
                    Sp = sp;
                    outcome = Unary(Op.Negate, "negative");
                    break;
                case Op.Plus:
                    Sp = sp;
                    outcome = Unary(Op.Plus, "positive");
                    break;
                case Op.BitNot:
                    Sp = sp;
                    outcome = Unary(Op.BitNot, "bitwiseNegate");
                    break;
                case Op.Increment:
                    if (stack[sp - 1] is int i1)
                    {
                        stack[sp - 1] = Box.Int(unchecked(i1 + 1));
                        continue;
                    }

                    Sp = sp;
                    outcome = Unary(Op.Increment, "next");
                    break;
                case Op.Decrement:
                    if (stack[sp - 1] is int d1)
                    {
                        stack[sp - 1] = Box.Int(unchecked(d1 - 1));
                        continue;
                    }

                    Sp = sp;
                    outcome = Unary(Op.Decrement, "previous");
                    break;

                case Op.Jump:
                    pc = ins.A;
                    continue;
                case Op.JumpBack:
                    _fuel -= pc - ins.A;
                    pc = ins.A;
                    if (_fuel < 0)
                    {
                        Sp = sp;
                        Check();
                    }

                    continue;
                case Op.JumpIfTrue:
                    {
                        var value = stack[--sp];
                        stack[sp] = null;
                        Sp = sp;
                        if (value is bool known ? known : IsTrue(value))
                        {
                            pc = ins.A;
                        }

                        continue;
                    }

                case Op.JumpIfFalse:
                    {
                        var value = stack[--sp];
                        stack[sp] = null;
                        Sp = sp;
                        if (!(value is bool known ? known : IsTrue(value)))
                        {
                            pc = ins.A;
                        }

                        continue;
                    }

                case Op.JumpIfNullKeep:
                    if (stack[sp - 1] is null)
                    {
                        pc = ins.A;
                    }

                    continue;
                case Op.JumpIfTrueKeep:
                    Sp = sp;
                    if (IsTrue(stack[sp - 1]))
                    {
                        pc = ins.A;
                    }
                    else
                    {
                        stack[--sp] = null;
                    }

                    continue;
                case Op.JumpIfSupplied:
                    if ((frame.Supplied >> ins.A & 1) != 0)
                    {
                        pc = ins.B;
                    }

                    continue;
                case Op.JumpIfNotLess:
                    Sp = sp;
                    if (!(stack[sp - 2] is int l1 && stack[sp - 1] is int l2 ? l1 < l2 : Compare(stack[sp - 2], stack[sp - 1]) < 0))
                    {
                        pc = ins.A;
                    }

                    sp -= 2;
                    continue;
                case Op.JumpIfNotLessOrEqual:
                    Sp = sp;
                    if (!(stack[sp - 2] is int l3 && stack[sp - 1] is int l4 ? l3 <= l4 : Compare(stack[sp - 2], stack[sp - 1]) <= 0))
                    {
                        pc = ins.A;
                    }

                    sp -= 2;
                    continue;
                case Op.JumpIfNotGreater:
                    Sp = sp;
                    if (!(stack[sp - 2] is int g1 && stack[sp - 1] is int g2 ? g1 > g2 : Compare(stack[sp - 2], stack[sp - 1]) > 0))
                    {
                        pc = ins.A;
                    }

                    sp -= 2;
                    continue;
                case Op.JumpIfNotGreaterOrEqual:
                    Sp = sp;
                    if (!(stack[sp - 2] is int g3 && stack[sp - 1] is int g4 ? g3 >= g4 : Compare(stack[sp - 2], stack[sp - 1]) >= 0))
                    {
                        pc = ins.A;
                    }

                    sp -= 2;
                    continue;
                case Op.JumpIfNotEqual:
                    Sp = sp;
                    if (!(stack[sp - 2] is int e1 && stack[sp - 1] is int e2 ? e1 == e2 : AreEqual(stack[sp - 2], stack[sp - 1])))
                    {
                        pc = ins.A;
                    }

                    sp -= 2;
                    continue;
                case Op.JumpIfEqual:
                    Sp = sp;
                    if (stack[sp - 2] is int e3 && stack[sp - 1] is int e4 ? e3 == e4 : AreEqual(stack[sp - 2], stack[sp - 1]))
                    {
                        pc = ins.A;
                    }

                    sp -= 2;
                    continue;

                case Op.MakeList:
                    {
                        var list = new GroovyList(ins.A);
                        for (var i = sp - ins.A; i < sp; i++)
                        {
                            list.Add(stack[i]);
                            stack[i] = null;
                        }

                        sp -= ins.A;
                        stack[sp++] = list;
                        Charge(56 + (ins.A * 16));
                        continue;
                    }

                case Op.ListAdd:
                    ((GroovyList)stack[sp - 2]!).Add(stack[sp - 1]);
                    stack[--sp] = null;
                    Charge(16);
                    continue;
                case Op.ListSpread:
                    Sp = sp;
                    Operators.Spread((GroovyList)stack[sp - 2]!, stack[sp - 1], this);
                    stack[--sp] = null;
                    continue;
                case Op.MakeMap:
                    stack[sp++] = new GroovyMap();
                    Charge(80);
                    continue;
                case Op.MapPut:
                    ((GroovyMap)stack[sp - 3]!).Put(stack[sp - 2], stack[sp - 1]);
                    sp -= 2;
                    Charge(48);
                    continue;
                case Op.MapSpread:
                    Operators.Spread((GroovyMap)stack[sp - 2]!, stack[sp - 1]);
                    stack[--sp] = null;
                    continue;
                case Op.MakeRange:
                    stack[sp - 2] = GroovyRange.Create(stack[sp - 2], stack[sp - 1], ins.A == 1);
                    stack[--sp] = null;
                    continue;
                case Op.MakeGString:
                    {
                        var parts = stack.AsSpan(sp - ins.B, ins.B).ToArray();
                        sp -= ins.B;
                        stack[sp++] = new GString((string[])constants[ins.A]!, parts);
                        Charge(48 + (ins.B * 8));
                        continue;
                    }

                case Op.MakeClosure:
                    {
                        var function = (FunctionCode)constants[ins.A]!;
                        stack[sp++] = new ScriptClosure(function, Capture(frame, function.Captures), (object?)frame.Closure ?? frame.This, frame.This, frame.Class, Interpreter);
                        Charge(96);
                        continue;
                    }

                case Op.MethodPointer:
                    stack[sp - 2] = new MethodClosure(stack[sp - 2], Formatting.ToText(stack[sp - 1]));
                    stack[--sp] = null;
                    continue;
                case Op.Cast:
                    {
                        var type = (TypeRef)constants[ins.A]!;
                        var value = stack[sp - 1];
                        if (type.Builtin is { } native)
                        {
                            if (native.Key == ClassKey.String && value is string || native.Key == ClassKey.Integer && value is int)
                            {
                                continue;
                            }

                            Sp = sp;
                            stack[sp - 1] = Coercion.Cast(value, native);
                            continue;
                        }

                        Sp = sp;
                        outcome = CastToDeclared(value, type, sp - 1);
                        break;
                    }

                case Op.As:
                    Sp = sp;
                    outcome = As(stack[sp - 1], (TypeRef)constants[ins.A]!, sp - 1);
                    break;

                case Op.Iterator:
                    Sp = sp;
                    if (stack[sp - 1] is UserObject { Class: var walked } && walked.HasMethod("iterator"))
                    {
                        outcome = CallMethod(sp - 1, 0, "iterator", null);
                        break;
                    }

                    stack[sp - 1] = Library.IteratorValue.Over(stack[sp - 1]);
                    continue;
                case Op.Next:
                    {
                        Sp = sp;
                        var iterator = stack[bp + ins.A] as Library.IteratorValue ?? Library.IteratorValue.Over(stack[bp + ins.A]);
                        stack[bp + ins.A] = iterator;
                        if (iterator.HasNext())
                        {
                            stack[sp++] = iterator.Next();
                        }
                        else
                        {
                            stack[bp + ins.A] = null;
                            pc = ins.B;
                        }

                        continue;
                    }

                case Op.Return:
                    {
                        var value = stack[--sp];
                        if ((frame.Flags & FrameFlags.ReturnsThis) != 0)
                        {
                            value = frame.This;
                        }

                        Array.Clear(stack, bp, sp + 1 - bp);
                        sp = frame.ResultAt;
                        var flags = frame.Flags;
                        frame.Release();
                        if (--_depth == stopDepth)
                        {
                            _result = value;
                            Sp = sp;
                            return true;
                        }

                        if ((flags & FrameFlags.Discards) == 0)
                        {
                            stack[sp++] = value;
                        }

                        Sp = sp;
                        goto Enter;
                    }

                case Op.Throw:
                    Sp = sp;
                    throw Operators.ToThrow(stack[sp - 1]);
                case Op.SetPending:
                    stack[bp + ins.A] = Box.Int(ins.B);
                    continue;
                case Op.JumpIfPending:
                    if ((int)stack[bp + ins.A]! == ins.C)
                    {
                        pc = ins.B;
                    }

                    continue;
                case Op.RethrowPending:
                    if ((int)stack[bp + ins.A]! == FunctionCompiler.PendingThrow)
                    {
                        Sp = sp;
                        throw Operators.ToThrow(stack[bp + ins.A + 1]);
                    }

                    continue;

                case Op.AssertBegin:
                    stack[bp + ins.A] = new AssertionRecord();
                    continue;
                case Op.AssertRecord:
                    ((AssertionRecord)stack[bp + ins.A]!).Add(ins.B, stack[sp - 1]);
                    continue;
                case Op.AssertFail:
                    Sp = sp;
                    throw ((AssertionRecord)stack[bp + ins.A]!).Fail((AssertCode)constants[ins.B]!, stack[sp - 1]);
                default:
                    throw new InvalidOperationException($"No such instruction: {ins}");
            }

            switch (outcome)
            {
                case Outcome.Done:
                    stack = Stack;
                    sp = Sp;
                    continue;
                case Outcome.Entered:
                    goto Enter;
                default:
                    return false;
            }
        }
    }

    private static bool AreEqual(object? left, object? right) => left is int a && right is int b ? a == b : Comparing.AreEqual(left, right);

    private static int Compare(object? left, object? right) => left is int a && right is int b ? a.CompareTo(b) : Comparing.Compare(left, right);

    private static bool IsTrue(object? value) => value is bool b ? b : Truth.Of(value);
}
