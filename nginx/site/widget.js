// Made by deploy/dev/bundle of assets/widget.js and what it imports. Change those.
const m_api=(()=>{
const PATIENCE_MS=30000;
async function ask(path,options={}){
try{
const signal=AbortSignal.timeout?.(PATIENCE_MS);
const response=await fetch(`${options.base ?? ""}/api/v1${path}`,{credentials:"omit",signal,...options});
let body=null;
if(response.status!==304&&response.status!==204){
body=await response.json().catch(()=>null);
}
return{status:response.status,ok:response.ok,body,headers:response.headers};
}catch{
return{status:0,ok:false,body:null,headers:new Headers()};
}
}
function post(path,value,options={}){
return ask(path,{
method:"POST",
headers:{"Content-Type":"application/json"},
body:JSON.stringify(value),
...options,
});
}
function retryAfter(answer){
const seconds=Number.parseInt(answer.headers.get("Retry-After")??"",10);
return Number.isFinite(seconds)&&seconds>0?Math.min(seconds,3600):5;
}
function sayFailure(texts,answer){
return answer.status===0?texts.say("offline"):texts.say("later",{n:retryAfter(answer)});
}
return{ask,post,retryAfter,sayFailure};
})();
const m_make=(()=>{
function make(name,properties={},...children){
const made=Object.assign(document.createElement(name),properties);
made.append(...children);
return made;
}
return{make};
})();
const m_form=(()=>{
const{make}=m_make;
const COMMENT_MAX=500;
const kinds={
given_name:{autocomplete:"given-name",autocapitalize:"words",max:100},
family_name:{autocomplete:"family-name",autocapitalize:"words",max:100},
email:{type:"email",dir:"ltr",inputMode:"email",autocomplete:"email",autocapitalize:"off",spellcheck:false,max:254},
country:{tag:"select",autocomplete:"country"},
region:{autocomplete:"address-level1",autocapitalize:"characters",spellcheck:false,max:6,hint:"hint.region"},
postal_code:{autocomplete:"postal-code",autocapitalize:"characters",spellcheck:false,max:20},
locality:{autocomplete:"address-level2",autocapitalize:"words",max:100},
comment:{tag:"textarea",autocomplete:"off",max:COMMENT_MAX,hint:"hint.comment"},
};
const order=Object.keys(kinds);
const codes=("ADEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNORUVWXYZ DEJKMOZ ECEGHRST FIJKMOR " +
"GABDEFGHILMNPQRSTUWY HKMNRTU IDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY MACDEFGHKLMNOPQRSTUVWXYZ " +
"NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA REOSUW SABCDEGHIJKLMNORSTVXYZ TCDFGHJKLMNORTVWZ UAGMSYZ VACEGINU " +
"WFS YET ZAMW")
.split(" ").flatMap(([first,...seconds])=>seconds.map((second)=>first + second));
function countries(language){
const names=new Intl.DisplayNames([language],{type:"region"}),{compare}=new Intl.Collator(language);
return codes.map((code)=>({code,name:names.of(code)??code})).sort((a,b)=>compare(a.name,b.name));
}
class Form{
#a;
#b;
#c;
#d;
#e;
#f=()=>{};
constructor(form,{texts,keep=null,titled=false,prefix=""}){
this.#a=form;
this.#b=texts;
this.#c=keep;
this.#d=titled?document.title:null;
this.#e=prefix;
form.noValidate=true;
if(keep)form.addEventListener("input",()=>this.store());
for(const event of["focusin","pointerdown"])form.addEventListener(event,()=>this.#f());
form.addEventListener("change",({target})=>{
if((target).name==="email")this.#g();
});
}
build(fields,{language=this.#b.language,wording=null,hints={},values={},shows=true}={}){
const place=({name})=>(order.includes(name)?order.indexOf(name):order.length);
const made=[...fields].sort((a,b)=>place(a)- place(b)).map((field)=>this.#h(field,language,hints));
if(shows)made.push(this.#i("show_name",this.#b.say("field.show_name")));
this.#j().replaceChildren(...made);
if(wording)this.offer(wording);
this.fill(values);
if(this.#c)this.#k();
}
offer(wording){
if(!wording?.text||this.#l("subscribe"))return;
this.#j().append(this.#i("subscribe",make("bdi",{lang:wording.language,textContent:wording.text})));
}
values(){
const values={};
for(const input of this.#m()){
if(input.type==="checkbox")values[input.name]=input.checked;
else if(input.value.trim()!==""||input.required)values[input.name]=input.value;
}
if(values.country&&/^\s*[a-z0-9]{1,3}\s*$/i.test(values.region??"")){
values.region=`${values.country}-${values.region.trim().toUpperCase()}`;
}
return values;
}
fill(values){
if(values.country)this.#f();
for(const input of this.#m()){
if(!Object.hasOwn(values,input.name))continue;
if(input.type==="checkbox")input.checked=values[input.name]===true;
else input.value=String(values[input.name]);
}
}
check(){
const errors=[];
for(const input of this.#m()){
const value=input.value.trim();
if(input.required&&value==="")errors.push({pointer:`/${input.name}`,code:"required"});
else if(input.type==="email"&&value!==""&&!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)){
errors.push({pointer:`/${input.name}`,code:"invalid_email"});
}
}
return errors;
}
showErrors(errors){
const list=make("ul");
for(const error of errors){
const input=this.#l(error.pointer?.slice(1));
const text=this.sayError(error);
if(input)this.#n(input,text);
list.append(make("li",{},input?this.#o(input,text):text));
}
this.#p(make("h3",{textContent:this.#b.say("errors.title",{n:errors.length})}),list);
}
sayError({pointer="",code,detail}){
const name=pointer.slice(1),key=`error.${code}`,label=`field.${name}`;
return this.#b.plain("error.line",{
field:this.#b.has(label)?this.#b.say(label):name,
fault:this.#b.has(key)?this.#b.say(key):detail??this.#b.say("error.wrong_type"),
});
}
tell(text){
this.#p(make("p",{textContent:text}));
}
clearErrors(){
for(const input of this.#m()){
input.removeAttribute("aria-invalid");
const wrong=this.#q(`wrong-${input.name}`);
if(wrong)wrong.textContent="";
}
this.#a.querySelector(".summary").replaceChildren();
if(this.#d!==null)document.title=this.#d;
}
retitle(){
if(this.#d!==null)this.#d=document.title;
}
focus(name){
this.#l(name)?.focus();
}
forget(){
try{
sessionStorage.removeItem(this.#c);
}catch{
}
}
reset(){
this.forget();
this.clearErrors();
this.#a.reset();
this.#q("suggest-email")?.replaceChildren();
}
#q(id){
return(this.#a.querySelector(`#${CSS.escape(this.#e + id)}`));
}
#j(){
return this.#a.querySelector(".fields, #fields");
}
#m(){
return[...this.#a.querySelectorAll("input, select, textarea")];
}
#l(name){
return this.#m().find((input)=>input.name===name);
}
#r(id){
return this.#e + id;
}
#s(name,required,language){
const{tag="input",max,hint:_hint,...properties}=kinds[name]??{autocomplete:"off"};
const made=make(tag,{...properties,id:this.#r(`field-${name}`),name,required});
if(tag==="input"&&!properties.type)made.type="text";
if(tag==="textarea")made.rows=4;
if(max)made.maxLength=max;
if(tag==="select"){
made.append(new Option(this.#b.say("choose"),""));
this.#f=()=>{
this.#f=()=>{};
made.append(...countries(language).map(({code,name:text})=>new Option(text,code)));
};
(globalThis.requestIdleCallback??setTimeout)(()=>this.#f());
}
return made;
}
#h({name,required},language,hints){
const input=this.#s(name,required,language);
const label=make("label",{htmlFor:input.id,textContent:this.#t(name)});
if(!required)label.append(" ",make("span",{className:"optional",textContent:this.#b.say("optional")}));
const made=make("div",{className:"field"},label);
const below=hints[name]??(kinds[name]?.hint&&this.#b.say(kinds[name].hint,{n:COMMENT_MAX}));
if(below)made.append(make("p",{id:this.#r(`hint-${name}`),className:"hint",textContent:below}));
made.append(this.#u(name),input);
if(name==="email")made.append(make("p",{id:this.#r("suggest-email"),className:"suggest",role:"status"}));
input.setAttribute("aria-describedby",(below?`${this.#r(`hint-${name}`)} `:"")+ this.#r(`wrong-${name}`));
return made;
}
#t(name){
return this.#b.has(`field.${name}`)?this.#b.say(`field.${name}`):name;
}
#u(name){
return make("p",{id:this.#r(`wrong-${name}`),className:"wrong"});
}
#i(name,words){
const box=make("input",{type:"checkbox",id:this.#r(`field-${name}`),name});
box.setAttribute("aria-describedby",this.#r(`wrong-${name}`));
return make("div",{className:"field choice"},this.#u(name),box,make("label",{htmlFor:box.id},words));
}
#n(input,text){
input.setAttribute("aria-invalid","true");
const wrong=this.#q(`wrong-${input.name}`);
if(wrong)wrong.textContent=text;
}
#o(input,text){
const link=make("a",{href:`#${input.id}`,textContent:text});
link.addEventListener("click",(event)=>{
event.preventDefault();
input.closest(".field")?.scrollIntoView({block:"nearest"});
input.focus();
});
return link;
}
#p(...nodes){
const summary=(this.#a.querySelector(".summary"));
summary.replaceChildren(...nodes);
if(this.#d!==null)document.title=this.#b.plain("title.error",{title:this.#d});
summary.focus();
}
#g(){
const input=this.#l("email"),line=this.#q("suggest-email");
line?.replaceChildren();
if(line)import("./assets/mailhosts.js").then(({offer})=>offer(input,{line,texts:this.#b,taken:()=>this.store()}),()=>{});
}
store(){
if(!this.#c)return;
const typed=Object.fromEntries(this.#m().filter(({type})=>type!=="checkbox").map(({name,value})=>[name,value]));
try{
sessionStorage.setItem(this.#c,JSON.stringify(typed));
}catch{
}
}
#k(){
try{
this.fill(JSON.parse(sessionStorage.getItem(this.#c))??{});
}catch{
}
}
}
return{Form};
})();
const m_i18n=(()=>{
const FALLBACK="en";
const RIGHT_TO_LEFT=["ar","ckb","dv","fa","he","ps","sd","ug","ur","yi"];
const LONGEST_S=30;
const files=new Map();
const base=(language)=>language.toLowerCase().split("-")[0];
function file(code,folder){
const address=new URL(`../${folder}/${code}.json`,import.meta.url).href;
if(!files.has(address)){
files.set(address,fetch(address)
.then((answer)=>(answer.status===404?null:answer.ok?answer.json():undefined))
.catch(()=>undefined)
.then((texts)=>{
if(texts===undefined)files.delete(address);
return texts;
}));
}
return files.get(address);
}
class Texts{
#b;
#v;
#w;
#x=new Map();
constructor(language,texts){
this.language=language;
this.dir=RIGHT_TO_LEFT.includes(base(language))?"rtl":"ltr";
this.#b=texts;
this.#v=new Intl.PluralRules(language);
this.#w=new Intl.NumberFormat(language);
}
has(key){
return Object.hasOwn(this.#b,key);
}
number(value){
return this.#w.format(value);
}
date(value,style={dateStyle:"medium",timeStyle:"short"}){
const key=JSON.stringify(style);
if(!this.#x.has(key))this.#x.set(key,new Intl.DateTimeFormat(this.language,(style)));
return this.#x.get(key).format(new Date(value));
}
say(key,values={}){
return this.#y(key,values).replace(/\{(\w+)\}/g,(all,name)=>this.#z(values,name,all));
}
plain(key,values={}){
return this.#y(key,values).replace(/\{(\w+)\}/g,(all,name)=>(
typeof values[name]==="number"?this.number(values[name]):values[name]??all));
}
parts(key,values={}){
return this.#y(key,values).split(/(\{\w+\})/).filter(Boolean).map((part)=>{
const name=/^\{(\w+)\}$/.exec(part)?.[1];
return values[name]instanceof Node?values[name]:name?this.#z(values,name,part):part;
});
}
#y(key,{n=0}){
const text=this.#b[key];
if(text&&typeof text==="object")return text[this.#v.select(n)]??text.other;
return text??key;
}
#z(values,name,otherwise){
const value=values[name];
if(value===undefined)return otherwise;
return typeof value==="number"?this.number(value):`\u2068${value}\u2069`;
}
}
async function find(languages,folder){
for(const language of[...languages.slice(0,3),FALLBACK]){
if(!/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(language))continue;
const texts=await file(base(language),folder),rest=texts?.$partial?await file(FALLBACK,folder):{};
if(texts===undefined||rest===undefined)return null;
if(texts)return new Texts(language,{...rest,...texts});
}
return new Texts(FALLBACK,{});
}
async function load(languages,folder="lang"){
for(let wait_s=1;;wait_s=Math.min(2*wait_s,LONGEST_S)){
const texts=await find(languages,folder);
if(texts)return texts;
await new Promise((resolve)=>{setTimeout(resolve,wait_s*1000);});
}
}
return{load};
})();
const m_number=(()=>{
const STALE_S=30;
const SPEAK_MS=20000;
const STEP_MS=50;
const mantissas=[1,2,5];
function nextStep(n){
for(let power=100;;power*=10){
for(const mantissa of mantissas){
if(mantissa*power>n)return mantissa*power;
}
}
}
function nextGoal(count,goal=null,goals=[]){
const next=goals.filter((one)=>one>count).sort((a,b)=>a - b)[0];
if(next)return next;
const step=nextStep(count);
return goal>count?Math.min(goal,step):step;
}
class Rolling{
#aa;
#ab;
#ac=null;
#ad=null;
constructor(show,still=()=>matchMedia("(prefers-reduced-motion: reduce)").matches,shown=null){
this.#aa=show;
this.#ab=still;
this.#ac=shown;
}
get shown(){
return this.#ac;
}
to(target,seconds){
clearInterval(this.#ad);
const from=this.#ac;
if(from===null||target<=from||this.#ab()){
this.#ae(target);
return;
}
const pause_ms=Math.max(STEP_MS,(seconds*1000)/(target - from));
const steps=Math.max(1,Math.floor((seconds*1000)/ pause_ms));
let step=0;
const move=()=>{
step +=1;
this.#ae(Math.round(from +((target - from)*step)/ steps));
if(step>=steps)clearInterval(this.#ad);
};
move();
if(step<steps)this.#ad=setInterval(move,pause_ms);
}
stop(){
clearInterval(this.#ad);
}
#ae(n){
this.#ac=n;
this.#aa(n);
}
}
class Announcer{
#af;
#ad=null;
#ag=null;
constructor(element){
this.#af=element;
}
say(text){
if(this.#ad){
this.#ag=text;
return;
}
this.#af.textContent=text;
this.#ad=setTimeout(()=>{
this.#ad=null;
const next=this.#ag;
this.#ag=null;
if(next!==null)this.say(next);
},SPEAK_MS);
}
stop(){
clearTimeout(this.#ad);
this.#ad=this.#ag=null;
}
}
class NumberView{
#ah;
#ai;
#aj;
#ak;
#al;
#z=null;
#am=0;
#an=null;
constructor(parts,{say,language="en",goals=[],minimum=0,falls=false,shown=null}={}){
this.#ah=parts;
this.#ai={say,language,goals,minimum,falls};
this.#aj=new Intl.NumberFormat(language);
this.#ak=new Rolling((n)=>this.#ao(n),undefined,shown);
this.#al=parts.live?new Announcer(parts.live):null;
}
show({value,behind_s,trouble}){
if(!value)return;
if(value.count===null){
this.#ap(true);
return;
}
if(!trouble&&!(behind_s>STALE_S))this.#am=performance.now();
const isOld=this.#z&&value.as_of<this.#z.as_of;
if(!isOld)this.#z=value;
const shown=this.#ak.shown??0;
const count=this.#ai.falls?this.#z.count:Math.max(shown,this.#z.count);
this.#ak.to(count,Math.min(value.poll_after??5,10));
this.#aq();
this.#ar(count);
}
stop(){
this.#ak.stop();
this.#al?.stop();
}
#as(){
return Number(this.#z?.count_minimum??this.#ai.minimum)||0;
}
#ap(hidden){
if(this.#ah.root)this.#ah.root.hidden=hidden;
if(this.#ah.few)this.#ah.few.hidden=!hidden;
}
#ao(n){
const{count,unit,goal,progress}=this.#ah;
const goals=this.#z.goals??this.#ai.goals;
const next=nextGoal(n,this.#z.goal,goals);
this.#ap(n<this.#as());
if(count)count.textContent=this.#aj.format(n);
if(unit)unit.textContent=this.#ai.say("number.signed",{n});
const open=this.#z.state==="open";
if(goal){
goal.hidden=!open;
goal.textContent=this.#ai.say("number.goal",{goal:next});
}
if(progress){
progress.hidden=!open;
progress.max=next;
progress.value=n;
}
}
#aq(){
const{note}=this.#ah;
if(!note)return;
const{say,language}=this.#ai;
const late=performance.now()- this.#am>STALE_S*1000;
let text="";
if(this.#z.state!=="open")text=say("number.closed");
else if(!this.#z.exact||late)text=say("number.stale",{time:sayTime(this.#z.as_of,language)});
if(note.textContent!==text)note.textContent=text;
note.hidden=text==="";
}
#ar(count){
if(!this.#al||this.#an===count||count<this.#as())return;
if(this.#an!==null)this.#al.say(this.#ai.say("number.said",{n:count}));
this.#an=count;
}
}
function sayTime(at,language){
const time=new Date(at);
const today=time.toDateString()===new Date().toDateString();
return time.toLocaleString(language,today?{timeStyle:"short"}:{dateStyle:"medium",timeStyle:"short"});
}
return{NumberView};
})();
const m_poller=(()=>{
const LONGEST_S=60;
const PATIENCE_MS=15000;
const GREETING_S=0.3;
const browser={
fetch:(url,options)=>fetch(url,options),
now:()=>performance.now(),
random:()=>Math.random(),
after:(ms,run)=>setTimeout(run,ms),
cancel:(timer)=>clearTimeout(timer),
hidden:()=>document.hidden,
channel:(name)=>(globalThis.BroadcastChannel?new BroadcastChannel(name):null),
locks:()=>navigator.locks??null,
on:(woken,online)=>{
document.addEventListener("visibilitychange",woken);
addEventListener("pagehide",woken);
addEventListener("pageshow",woken);
addEventListener("online",online);
return()=>{
document.removeEventListener("visibilitychange",woken);
removeEventListener("pagehide",woken);
removeEventListener("pageshow",woken);
removeEventListener("online",online);
};
},
};
const isCount=(body)=>body.count===null||Number.isSafeInteger(body.count);
class Poller{
#at;
#au;
#av;
#aw;
#ax=new Set();
#ay=null;
#az=false;
#ba=null;
#ad=null;
#bb=null;
#bc=null;
#bd=null;
#be=false;
#bf=null;
#bg;
#bh;
#ah=false;
#bi=Infinity;
#bj=0;
constructor(url,{env=browser,good=isCount,pace_s=5,address=()=>url}={}){
this.#at=url;
this.#au=address;
this.#av=env;
this.#aw=good;
this.#bg=this.#bh=pace_s;
}
watch(take){
this.#ax.add(take);
if(this.#bf)take(this.#bf);
this.#ay??=this.#av.on((event)=>this.#bk(event),()=>this.#bl(this.#av.random()));
this.#bk();
return{
soon:(seconds)=>this.#bl(seconds),
stop:()=>this.#bm(take),
};
}
#bm(take){
this.#ax.delete(take);
if(this.#ax.size>0||!this.#ay)return;
this.#ay();
this.#ay=null;
this.#bn();
}
#bk(event){
const wanted=event?.type!=="pagehide"&&!this.#av.hidden();
if(wanted&&!this.#az)this.#bo();
else if(!wanted&&this.#az)this.#bn();
}
#bo(){
const name=`countersign:${this.#at}`;
this.#az=true;
this.#bb=this.#av.channel(name);
if(this.#bb){
this.#bb.onmessage=(event)=>this.#bp(event.data);
this.#bb.postMessage("?");
}
const locks=this.#bb&&this.#av.locks();
if(locks)this.#bq(locks,name);
this.#br(this.#bb?GREETING_S:0);
}
#bn(){
this.#az=this.#be=false;
this.#av.cancel(this.#ad);
this.#ba?.abort();
this.#bc?.abort();
this.#bd?.();
this.#bb?.close();
this.#ba=this.#bc=this.#bd=this.#bb=null;
}
#bq(locks,name){
const wish=new AbortController();
this.#bc=wish;
const lead=()=>new Promise((release)=>{
if(wish.signal.aborted)return release();
this.#bd=release;
this.#be=true;
this.#br(this.#bf?this.#bs():0);
});
locks.request(name,{signal:wish.signal},lead).catch(()=>{});
}
#br(seconds){
this.#av.cancel(this.#ad);
if(this.#az)this.#ad=this.#av.after(seconds*1000,()=>this.#bt());
}
#bl(seconds){
if(this.#az)this.#br(seconds);
}
#bs(){
const spread=this.#bh>this.#bg?0.5:0.2;
const pause=this.#bh*(1 +(this.#ah?this.#av.random():spread*(this.#av.random()- 0.5)));
return this.#be?pause:pause*2 + this.#av.random()*this.#bh;
}
async #bt(){
if(this.#ba)return;
const asking=new AbortController();
this.#ba=asking;
const patience=this.#av.after(PATIENCE_MS,()=>asking.abort());
const answer=await this.#bu(asking.signal);
this.#av.cancel(patience);
if(this.#ba!==asking)return;
this.#ba=null;
if(!this.#av.locks())this.#be=true;
this.#bv(answer);
this.#bb?.postMessage(this.#bw());
this.#br(this.#bs());
}
async #bu(signal){
try{
const response=await this.#av.fetch(this.#au(),{credentials:"omit",cache:"no-cache",signal});
const retry_s=Number.parseInt(response.headers.get("Retry-After")??"",10)||0;
const body=response.ok?await response.json():null;
if(!body||!this.#aw(body))return{value:null,retry_s,status:response.status};
return{value:body,behind_s:this.#bx(response.headers.get("Date"))};
}catch{
return{value:null,retry_s:0,status:0};
}
}
#bx(date){
const now=this.#av.now();
const apart=now - Date.parse(date??"");
if(Number.isNaN(apart))return 0;
this.#bi=Math.min(apart,this.#bi +(now - this.#bj)/ 1000);
this.#bj=now;
return(apart - this.#bi)/ 1000;
}
#bv({value,behind_s,retry_s,status}){
if(value){
const pace_s=Math.min(Math.max(1,Number(value.poll_after)||this.#bg),3600);
this.#ah=Boolean(this.#bf?.value)&&pace_s!==this.#bg;
this.#bg=this.#bh=pace_s;
this.#by({value,behind_s,trouble:false,status:200});
}else{
const longest=Math.max(LONGEST_S,this.#bg);
this.#bh=Math.min(longest,Math.max(this.#bh*2,retry_s));
this.#by({value:this.#bf?.value??null,behind_s:this.#bf?.behind_s??0,trouble:true,status});
}
}
#by(news){
this.#bf=news;
for(const take of[...this.#ax])take(news);
}
#bw(){
return{news:this.#bf,pace_s:this.#bg,wait_s:this.#bh};
}
#bp(message){
if(message==="?"){
if(this.#be&&this.#bf)this.#bb.postMessage(this.#bw());
return;
}
const value=message?.news?.value;
if(!message?.news||!(message.wait_s>0)||!(message.pace_s>0)||(value&&!this.#aw(value)))return;
this.#bg=message.pace_s;
this.#bh=message.wait_s;
if(!this.#bd)this.#be=false;
this.#by(message.news);
this.#br(this.#bs());
}
}
const pollers=new Map();
function watch(url,take,options){
if(!pollers.has(url))pollers.set(url,new Poller(url,options));
return pollers.get(url).watch(take);
}
return{watch};
})();
const m_sending=(()=>{
const{post,retryAfter}=m_api;
const LONGEST_S=60;
class Sending{
#bz;
#b;
#ca;
#cb;
#cc=0;
#cd=null;
constructor({path,texts,place,base=""}){
this.#bz=path;
this.#b=texts;
this.#ca=place;
this.#cb=base;
}
async send(value){
this.#cc=0;
for(;;){
const answer=await post(this.#bz,value,{base:this.#cb});
if(![0,429,503].includes(answer.status))return answer;
this.#cc=answer.status===0?this.#cc + 1:0;
const goesOn=await this.#ce(answer);
this.#ca.replaceChildren();
if(!goesOn)return null;
}
}
stop(){
this.#cd?.();
}
#ce(answer){
const offline=answer.status===0;
const reason={0:"wait.offline",429:"wait.limited",503:"wait.unavailable"}[answer.status];
const seconds=offline?Math.min(LONGEST_S,5*2**(this.#cc - 1)):retryAfter(answer);
return new Promise((resolve)=>{
const end=performance.now()+ seconds*1000;
const clock=this.#aa(reason,()=>finish(false));
const tick=()=>{
const left_s=Math.ceil((end - performance.now())/ 1000);
if(left_s<=0)finish(true);
else clock.textContent=this.#cf(left_s,offline&&!navigator.onLine);
};
const online=()=>finish(true);
const finish=(goesOn)=>{
clearInterval(timer);
removeEventListener("online",online);
this.#cd=null;
resolve(goesOn);
};
const timer=setInterval(tick,250);
if(offline)addEventListener("online",online);
this.#cd=()=>finish(false);
tick();
});
}
#cf(seconds,waitsForNetwork){
if(waitsForNetwork)return this.#b.say("wait.online");
return seconds>90?this.#b.say("wait.minutes",{n:Math.ceil(seconds / 60)}):this.#b.say("wait.next",{n:seconds});
}
#aa(reason,stop){
const said=Object.assign(document.createElement("p"),{role:"status"});
const clock=Object.assign(document.createElement("p"),{role:"timer"});
const button=Object.assign(document.createElement("button"),{type:"button",className:"quiet",textContent:this.#b.say("wait.stop")});
button.addEventListener("click",stop);
this.#ca.replaceChildren(said,clock,button);
said.textContent=`${this.#b.say(reason)} ${this.#b.say("wait.kept")}`;
return clock;
}
}
return{Sending};
})();
const m_widget_style=(()=>{
const tokens=`
--c-text: var(--countersign-text, inherit);
--c-quiet: var(--countersign-quiet, color-mix(in srgb, currentColor 72%, transparent));
--c-line: var(--countersign-line, color-mix(in srgb, currentColor 45%, transparent));
--c-accent: var(--countersign-accent, #14532d);
--c-accent-text: var(--countersign-accent-text, #fff);
--c-wrong: var(--countersign-wrong, #b42318);
--c-ground: var(--countersign-ground, transparent);
--c-radius: var(--countersign-radius, .375rem);
--c-space: var(--countersign-space, 1rem);`;
const inside=`
:host { display: block; container-type: inline-size; max-inline-size: 42rem; ${tokens}
color: var(--c-text); background: var(--c-ground); font: var(--countersign-font, inherit); line-height: 1.5;
padding: var(--countersign-padding, 0); border-radius: var(--c-radius); overflow-wrap: break-word; }
:host([hidden]), [hidden] { display: none !important; }
p, h2 { margin: 0 0 calc(var(--c-space) / 2); }
h2 { font-size: 1.375em; line-height: 1.25; text-wrap: balance; }
a { color: var(--c-accent); }
.count { font-size: 2em; font-weight: 700; line-height: 1.1; font-variant-numeric: tabular-nums; }
.goal, .note, .more { color: var(--c-quiet); }
.note, .more { font-size: .9375em; }
.line { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .5em; margin: 0 0 .25rem; }
.goal { margin-inline-start: auto; }
progress { display: block; appearance: none; width: 100%; height: .625rem; margin: 0 0 var(--c-space); border: 0; border-radius: 1rem;
overflow: hidden; background: color-mix(in srgb, currentColor 15%, transparent); color: inherit; }
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--c-accent); border-radius: 1rem; transition: inline-size .4s; }
progress::-moz-progress-bar { background: var(--c-accent); border-radius: 1rem; }
.thanks { border: 2px solid var(--c-accent); border-radius: var(--c-radius); padding: var(--c-space); }
.thanks:focus { outline: none; }
.sharing h3 { margin: var(--c-space) 0 0; font-size: 1em; }
.sharing ul { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; margin: 0; padding: 0; list-style: none; }
.sharing a { display: inline-block; padding: .25em 0; }
.sharing button { font: inherit; color: inherit; background: transparent; cursor: pointer; min-height: 2.75rem; padding: .25rem .75rem;
border: 1px solid var(--c-line); border-radius: var(--c-radius); }
:focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { progress::-webkit-progress-value { transition: none; } }
@media (forced-colors: active) { progress { border: 1px solid CanvasText; } progress::-webkit-progress-value { background: Highlight; } }`;
const own="countersign-petition > form";
const outside=`
${own} { margin: 0; overflow-wrap: break-word; ${tokens} }
${own} > *, ${own} .field > * { box-sizing: border-box; }
${own} .field { margin: 0 0 var(--c-space); }
${own} .field p { margin: 0; }
${own} label { display: block; font-weight: 600; }
${own} .optional, ${own} .hint { color: var(--c-quiet); font-weight: 400; font-size: .9375em; }
${own} :is(input:not([type=checkbox]), select, textarea) { display: block; width: 100%; min-height: 2.75rem; margin: .25rem 0 0; padding: .5rem .625rem;
font: inherit; font-size: max(1em, 16px); color: inherit; background: var(--countersign-field, transparent);
border: 1px solid var(--c-line); border-radius: var(--c-radius); }
${own}[dir=rtl] [type=email] { text-align: right; }
${own} option { color: #1b1b1f; background: #fff; }
${own} .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: .625rem; }
${own} .choice .wrong { grid-column: 1 / -1; }
${own} .choice label { font-weight: 400; }
${own} input[type=checkbox] { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--c-accent); }
${own} [aria-invalid=true]:not([type=checkbox]) { border: 2px solid var(--c-wrong); }
${own} .wrong { color: var(--c-wrong); font-size: .9375em; }
${own} .summary:not(:empty) { border: 2px solid var(--c-wrong); border-radius: var(--c-radius); padding: .75rem; margin: 0 0 var(--c-space); }
${own} .summary :is(h3, ul, p) { margin: 0; font-size: 1em; }
${own} .summary a { color: var(--c-wrong); }
${own} :is(button, .quiet) { font: inherit; font-weight: 600; cursor: pointer; min-height: 2.75rem; border-radius: var(--c-radius); }
${own} button[type=submit] { width: 100%; padding: .75rem 1.5rem; border: 0; color: var(--c-accent-text); background: var(--c-accent); }
${own} .quiet { padding: .25rem .75rem; border: 1px solid var(--c-line); color: inherit; background: transparent; }
${own} button:disabled { opacity: .6; cursor: default; }
${own} .uses { margin: 0 0 .75rem; font-size: .9375em; color: var(--c-quiet); }
${own} .uses a { color: var(--c-accent); }
${own} :focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
${own} .waits:not(:empty) { margin-top: var(--c-space); }
@media (forced-colors: active) { ${own} button { border: 1px solid ButtonText; } }`;
function sheet(text){
try{
const made=new CSSStyleSheet();
made.replaceSync(text);
return made;
}catch{
return null;
}
}
const sheets={inside:sheet(inside),outside:sheet(outside)};
function adopt(root,which){
const made=sheets[which];
if(made&&!root.adoptedStyleSheets.includes(made))root.adoptedStyleSheets=[...root.adoptedStyleSheets,made];
}
return{adopt};
})();
(()=>{
const{ask,retryAfter,sayFailure}=m_api;
const{Form}=m_form;
const{load}=m_i18n;
const{NumberView}=m_number;
const{watch}=m_poller;
const{Sending}=m_sending;
const{adopt}=m_widget_style;
const base=new URL(import.meta.url).origin;
const prefilled=["email","given_name","family_name","country","region","postal_code","locality","comment"];
const attribute=(field)=>field.replace("_","-");
let made=0;
function make(name,part,properties={},...children){
const element=Object.assign(document.createElement(name),part?{className:part}:{},properties);
if(part)element.setAttribute("part",part);
element.append(...children);
return element;
}
class Count extends HTMLElement{
static observedAttributes=["petition","language"];
#cg=null;
#ch=null;
#ci=null;
connectedCallback(){
if(!this.shadowRoot)adopt(this.attachShadow({mode:"open"}),"inside");
this.#cj();
}
disconnectedCallback(){
this.#ck();
}
attributeChangedCallback(_name,before,now){
if(this.#cg&&before!==now)this.#cj();
}
#cj(){
this.#ck();
this.#cg=new AbortController();
const slug=this.getAttribute("petition")??"";
if(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))this.start(slug,this.#cg.signal);
}
#ck(){
this.#cg?.abort();
this.#ch?.stop();
this.#ci?.stop();
this.#cg=this.#ch=this.#ci=null;
}
languages(){
const own=this.getAttribute("language")??this.closest("[lang]")?.getAttribute("lang");
return[...(own?[own]:[]),...navigator.languages];
}
async start(slug,signal){
const texts=await load(this.languages(),"words");
if(signal.aborted)return;
const box=make("div","number",{dir:texts.dir,lang:texts.language});
this.shadowRoot.replaceChildren(box);
this.showNumber(slug,box,texts,{
goals:(this.getAttribute("goals")??"").split(",").map(Number).filter((goal)=>goal>0),
minimum:Number(this.getAttribute("minimum"))||0,
});
}
showNumber(slug,box,texts,{goals=[],minimum=0}){
const count=make("span","count"),unit=make("span","unit"),goal=make("span","goal"),few=make("p","few",{hidden:true});
const progress=make("progress","progress",{hidden:true,ariaLabel:texts.say("people")});
const note=make("p","note",{hidden:true}),live=make("span","unseen",{role:"status"});
const root=make("div","",{hidden:true},make("p","line",{},count,unit,goal),progress,note,live);
few.textContent=texts.say("number.few");
box.replaceChildren(root,few);
this.#ci=new NumberView({root,few,count,unit,goal,progress,note,live},
{say:(key,values)=>texts.say(key,values),language:texts.language,goals,minimum});
let last=null;
this.#ch=watch(`${base}/api/v1/petitions/${slug}/count`,(news)=>{
this.#ci?.show(news);
if(!news.value||news.value.count===last)return;
last=news.value.count;
this.tell("count",{petition:slug,count:last,state:news.value.state,as_of:news.value.as_of});
});
}
lookSoon(){
this.#ch?.soon(1.5);
}
tell(name,detail){
this.dispatchEvent(new CustomEvent(`countersign-${name}`,{detail,bubbles:true,composed:true}));
}
}
class Petition extends Count{
#cl="";
#b=null;
#cm=null;
#a=null;
#af=null;
#cn=make("p","state",{role:"status"});
async start(slug,signal){
const texts=await load(this.languages(),"words");
if(signal.aborted)return;
this.#cl=slug;
this.#b=texts;
this.#cn=make("p","state",{role:"status"});
this.shadowRoot.replaceChildren(this.#cn);
this.#af?.remove();
const answer=await this.#co(signal);
if(signal.aborted||!answer)return;
this.#cm=answer.body;
this.#aa(signal);
}
#bz(end=""){
return `/petitions/${this.#cl}${end}`;
}
#cp(key){
return make("a","",{href:`${base}/p/${this.#cl}`,target:"_blank",rel:"noopener",textContent:this.#b.say(key)});
}
async #co(signal){
for(;;){
const answer=await ask(`${this.#bz()}?lang=${encodeURIComponent(this.#b.language)}`,{base,signal});
if(signal.aborted||answer.ok)return answer;
const open=answer.status===0?await ask(this.#bz("/count"),{base}):answer,foreign=open.ok;
const word={404:"not_found",410:"withdrawn"}[open.status];
if(signal.aborted)return null;
if(foreign)this.#cn.replaceChildren(this.#b.say("failed.origin")," ",this.#cp("sign.link"));
else this.#cn.textContent=word?this.#b.say(word):sayFailure(this.#b,answer);
if(word||foreign)return null;
await new Promise((resolve)=>setTimeout(resolve,retryAfter(answer)*1000));
}
}
#aa(signal){
const{title,state,goals,count_minimum:minimum}=this.#cm;
const texts=this.#b,number=make("div","number"),open=state==="open";
this.#cn.textContent=open?"":texts.say("closed");
const heading=make("h2","title",{lang:this.#cm.language},make("bdi","",{textContent:title}));
const more=make("p","more",{},this.#cp("changed.read"));
this.shadowRoot.replaceChildren(make("div","box",{dir:texts.dir,lang:texts.language},
heading,more,number,this.#cn,make("slot",""),make("slot","",{name:"thanks",hidden:true})));
this.showNumber(this.#cl,number,texts,{goals,minimum});
if(open)this.#cq(signal);
}
async #cq(signal){
const texts=this.#b,{fields,organization}=this.#cm;
const uses=make("p","uses",{textContent:`${texts.say("data.use")} ${texts.say("data.hold")} `});
const privacy=organization?.privacy_url??"";
if(/^https?:/.test(privacy))uses.append(make("a","",{href:privacy,target:"_blank",rel:"noopener",textContent:texts.say("data.privacy")}));
const button=make("button","",{type:"submit",textContent:texts.say("sign.button")});
const waits=make("div","waits"),summary=make("div","summary",{tabIndex:-1,role:"alert"});
this.#af=make("form","",{dir:texts.dir,lang:texts.language},summary,make("div","fields"),uses,button,waits);
adopt(this.getRootNode(),"outside");
this.#a=new Form(this.#af,{texts,prefix:`countersign-${(made += 1)}-`,keep:`countersign:${this.#cl}`});
this.#a.build(fields,{language:texts.language,values:this.#cr()});
this.append(this.#af);
const sending=new Sending({path:this.#bz("/signatures"),texts,place:waits,base});
signal.addEventListener("abort",()=>sending.stop());
this.#af.addEventListener("submit",(event)=>{
event.preventDefault();
if(!button.disabled)this.#cs(sending,button);
});
const wording=await ask(`${this.#bz("/subscribe-wording")}?lang=${encodeURIComponent(texts.language)}`,{base});
if(!signal.aborted&&wording.ok)this.#a.offer(wording.body);
}
#cr(){
const given=prefilled.filter((field)=>this.hasAttribute(attribute(field)));
return Object.fromEntries(given.map((field)=>[field,this.getAttribute(attribute(field))]));
}
#z(){
const value={...this.#a.values(),text_version:this.#cm.text_version,locale:this.#b.language};
for(const name of["source","referrer"]){
const given=this.getAttribute(name)??"";
if(/^[A-Za-z0-9_.-]{1,64}$/.test(given))value[name]=given;
}
return value;
}
async #cs(sending,button){
const texts=this.#b,value=this.#z(),wrong=this.#a.check();
this.#a.clearErrors();
if(wrong.length){
this.#a.showErrors(wrong);
return;
}
button.disabled=true;
button.textContent=texts.say("sign.sending");
const answer=await sending.send(value);
button.disabled=false;
button.textContent=texts.say("sign.button");
if(answer?.status===202)this.#ct(answer.body?.confirmation,value.email);
else if(answer)await this.#cu(answer);
else this.#a.tell(texts.say("wait.stopped"));
}
async #cu(answer){
const texts=this.#b;
if(answer.status===422)return this.#a.showErrors(answer.body?.errors??[]);
if(answer.status===403)return this.#a.tell(texts.say("failed.origin"));
if(answer.status===410){
this.#af.remove();
this.#cn.textContent=texts.say("closed.unsent");
return undefined;
}
if(answer.status!==409)return this.#a.tell(texts.say("failed",{status:answer.status}));
const now=await ask(`${this.#bz()}?lang=${encodeURIComponent(texts.language)}`,{base});
const before=this.#cm,letter=await import("./assets/letter.js").catch(()=>null);
if(now.ok)this.#cm=now.body;
this.shadowRoot.querySelector(".title bdi").textContent=this.#cm.title;
this.#a.tell(`${texts.say("changed.title")}. ${texts.say("changed.text")}`);
this.#af.querySelector(".summary").append(...(letter?.changes(before,this.#cm,texts)??[]),this.#cp("changed.read"));
return undefined;
}
async #cv(thanks){
const{title,language}=this.#cm,place=make("div","sharing");
const module=await import("./assets/share.js").catch(()=>null);
module?.sharePanel(place,{texts:this.#b,slug:this.#cl,title,language,base});
thanks.append(place);
}
#ct(confirmation,address){
const texts=this.#b,byMail=confirmation==="email";
const thanks=make("div","thanks",{tabIndex:-1},
make("p","",{textContent:byMail?texts.say("thanks.confirm"):texts.say("thanks.counted")}));
if(byMail)thanks.append(make("p","",{textContent:texts.say("thanks.sent",{address})}));
this.#a.forget();
this.#af.remove();
this.#cn.replaceWith(thanks);
this.shadowRoot.querySelector("slot[name=thanks]").removeAttribute("hidden");
thanks.focus();
this.#cv(thanks);
this.lookSoon();
this.tell("signed",{petition:this.#cl,confirmation});
}
}
if(!customElements.get("countersign-count")){
customElements.define("countersign-count",Count);
customElements.define("countersign-petition",Petition);
}
})();
