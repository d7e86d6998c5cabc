class Animal { String name; int legs = 4; static count = 0
  Animal(String n) { name = n; count++ }
  def speak() { "I am $name" }
  String toString() { "Animal($name)" } }
class Dog extends Animal { def tricks = []
  Dog(String n) { super(n); tricks << 'sit' }
  def speak() { super.speak() + ' woof' } }
def d = new Dog('Rex')
println d.speak()
println d
println d.tricks
println Animal.count
println d.legs
d.legs = 3
println d.getLegs()
d.setName('Max')
println d.name
class P { String a; Integer b; List c = [] ; def getSum() { (b ?: 0) + c.size() } ; void setA(v) { a = "<$v>" } }
def p = new P(a: 'x', b: 2, c: [1])
println "${p.a} ${p.b} ${p.sum}"
try { new P(zz: 1) } catch (e) { println e.message.readLines()[0] }
enum Color { RED(1), GREEN(2) { def desc() { 'g!' } }; final int code; Color(int c) { code = c }; def desc() { "c$code" } }
println Color.values()*.name()
println Color.GREEN.desc()
println Color.RED.desc()
println Color.valueOf('RED').ordinal()
println Color.RED < Color.GREEN
println Color.RED
switch (Color.RED) { case Color.RED: println 'is red'; break }
enum Simple { A, B, C }
println Simple.B.next()
println Simple.values().length
println Simple.A in [Simple.A]
interface Greeter { String greet(String n) }
class Impl implements Greeter { String greet(String n) { "hi $n" } }
println new Impl().greet('bob')
println new Impl() instanceof Greeter
def gr = { "clo $it".toString() } as Greeter
println gr.greet('z')
class MyEx extends RuntimeException { int code; MyEx(String m, int c) { super(m); code = c } }
try { throw new MyEx('bad', 7) } catch (MyEx e) { println "$e.message $e.code $e" }
try { throw new MyEx('bad', 7) } catch (IllegalStateException e) { println 'no' } catch (RuntimeException e) { println 'rt ' + e.class.name }
abstract class Shape { abstract double area(); String describe() { "area ${area()}" } }
class Sq extends Shape { double side; double area() { side * side } }
println new Sq(side: 3).describe()
class Vec { int x, y; Vec plus(Vec o) { new Vec(x: x + o.x, y: y + o.y) } ; boolean equals(Object o) { o instanceof Vec && o.x == x && o.y == y } ; int hashCode() { x * 31 + y } ; def getAt(int i) { i == 0 ? x : y } ; Vec negative() { new Vec(x: -x, y: -y) } ; String toString() { "($x, $y)" } ; def call(a) { "called $a" } ; boolean asBoolean() { x != 0 } ; int compareTo(o) { x <=> o.x } ; def leftShift(v) { x += v; this } }
def v = new Vec(x: 1, y: 2) + new Vec(x: 3, y: 4)
println v
println v == new Vec(x: 4, y: 6)
println v[1]
println(-v)
println v('q')
println v ? 't' : 'f'
v << 5
println v.x
println ([(new Vec(x:1,y:1)): 'k'][new Vec(x:1,y:1)])
println new Vec(x:1) in [new Vec(x:1)]
class Dyn { def methodMissing(String n, args) { "mm $n ${args.toList()}" } ; def propertyMissing(String n) { "pm $n" } }
println new Dyn().foo(1, 2)
println new Dyn().bar
class Outer { static class Nested { def hi() { 'nested' } } ; class Inner { def hi() { 'inner ' + val } } ; def val = 3; def mk() { new Inner() } ; static helper(x) { x * 2 } ; def use() { [1,2].collect { helper(it) + val } } }
println new Outer.Nested().hi()
println new Outer().mk().hi()
println new Outer().use()
trait Fly { def fly() { "fly ${name()}" } ; abstract name() }
class Bird implements Fly { def name() { 'bird' } }
println new Bird().fly()
def cmp = new Comparator<Integer>() { int compare(Integer a, Integer b) { b <=> a } }
println([3,1,2].toSorted(cmp))
def base = 10
def r = new Runnable() { void run() { println "run $base" } }
r.run()
import groovy.transform.Field
@Field def cfg = [a: 1]
@Field int cnt = 0
def inc() { cnt++; cfg.a += cnt; return cfg.a }
inc()
println inc()
println cnt
bv = 5
def useB() { bv + 1 }
println useB()
println binding.variables.keySet().contains('bv')
println binding.hasVariable('bv')
def named(Map args, String x) { "$args $x" }
println named(a: 1, b: 2, 'pos')
println named('pos', a: 3)
def defs(a, b = a * 2, Object... rest) { "$a $b $rest" }
println defs(1)
println defs(1, 5)
println defs(1, 5, 6, 7)
def ov(String s) { 'str' }
def ov(int i) { 'int' }
def ov(Object o) { 'obj' }
def ov(List l) { 'list' }
println ov('a') + ov(1) + ov(1.5) + ov([]) + ov("${1}") + ov(null)
println new P(a:'q').with { a + '!' }
println p.properties.keySet().contains('a')
println d.class.simpleName + ' ' + d.getClass().superclass.name
println d.respondsTo('speak') ? 'yes' : 'no'
